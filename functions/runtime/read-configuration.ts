import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Configuration } from '../../contracts/configuration/configuration.ts';

/**
 * Reads the configuration that `packConfiguration` wrote. The installation has parsed and checked `sluice.yaml`; doing that again
 * in every cold start would cost more than everything else that a function loads.
 */
export const readConfiguration = (file: string): Configuration =>
  // Nobody but packConfiguration writes this file.
  JSON.parse(readFileSync(file, 'utf8')) as Configuration;

/** A configuration as functions read it. @throws {Error} when JSON would change something of it. */
export function packConfiguration(configuration: Configuration): string {
  const packed = JSON.stringify(configuration);
  if (!isDeepStrictEqual(JSON.parse(packed), configuration)) {
    throw new Error('The configuration has something that JSON would change: functions could not read it as it is.');
  }
  return packed;
}
