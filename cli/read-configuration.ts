import type { Configuration } from '../contracts/configuration/configuration.ts';
import {
  type ConfigurationProblem,
  formatProblems,
  parseConfiguration,
} from '../contracts/configuration/parse-configuration.ts';
import { CliError, exitCodes, usageError } from './exit.ts';
import type { World } from './world.ts';

/** Where it is when nobody says. */
export const usualConfiguration = 'sluice.yaml';

/** The text of sluice.yaml. @throws {CliError} usage, when it cannot be read. */
export const readConfigurationText = (world: World, path: string): Promise<string> =>
  world.readFile(path).catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be read';
    throw usageError(`${path} cannot be read (${why}).`, 'Name the file of your installation, sluice.yaml.');
  });

/** sluice.yaml, sound. @throws {CliError} usage, with every problem, its line and its path. */
export async function readConfigurationFile(world: World, path: string): Promise<Configuration> {
  const parsed = parseConfiguration(await readConfigurationText(world, path));
  if (parsed.ok) return parsed.configuration;
  throw invalidConfiguration(path, parsed.problems);
}

export function invalidConfiguration(path: string, problems: readonly ConfigurationProblem[]): CliError {
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  return new CliError('InvalidConfiguration', exitCodes.usage, `${path} has ${count}.`, formatProblems(problems, path));
}
