import { readFileSync } from 'node:fs';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { parseConfiguration } from '../../contracts/configuration/parse-configuration.ts';
import { InvalidConfiguration } from '../../contracts/errors.ts';

/**
 * Reads `sluice.yaml`. In a package for AWS read-packaged-configuration.ts stands in its place (cdk/lean-packages.ts).
 *
 * @throws {InvalidConfiguration} with every problem, its path and its line.
 */
export function readConfiguration(file: string): Configuration {
  const parsed = parseConfiguration(readFileSync(file, 'utf8'));
  if (parsed.ok) return parsed.configuration;
  throw new InvalidConfiguration(
    [`${file} has ${parsed.problems.length} problem(s):`]
      .concat(
        parsed.problems.map(
          ({ path, line, message }) => `  ${path}${line === null ? '' : ` (line ${line})`}: ${message}`,
        ),
      )
      .join('\n'),
  );
}
