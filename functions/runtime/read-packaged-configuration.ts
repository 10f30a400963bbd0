import { readFileSync } from 'node:fs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';

/**
 * Reads a configuration that was parsed and found sound when the function was packaged, and that nobody can change since: parsing
 * YAML and checking it again would be a third of a cold start.
 */
// cdk/bundle-functions.ts writes this file from a Configuration, and refuses one that JSON would change.
export const readConfiguration = (file: string): Configuration =>
  JSON.parse(readFileSync(file, 'utf8')) as Configuration;
