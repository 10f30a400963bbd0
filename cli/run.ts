import { CommanderError } from 'commander';
import { CliError, describeError, type ExitCode, exitCodes } from './exit.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** Carries out one command line (without `node` and the script) and says what to exit with; see exit.ts. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  try {
    await createProgram(world).parseAsync([...words], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    // commander has printed its own errors and help already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    world.err(describeError(error));
    if (world.env.SLUICE_DEBUG && error instanceof Error) world.err(`${error.stack}\n`);
    return error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
}
