import { type Command, CommanderError } from 'commander';
import { CliError, describeError, type ExitCode, exitCodes } from './exit.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** Carries out one command line (without `node` and the script) and says what to exit with; see exit.ts. */
export async function run(words: readonly string[], world: World): Promise<ExitCode> {
  const program = createProgram(world);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed its own errors and help already, and of what is mistyped the nearest word that fits in its place.
      if (error.code === 'commander.unknownCommand') world.err(otherPlacesOf(program, words));
      return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    }
    world.err(describeError(error));
    if (world.env.SLUICE_DEBUG && error instanceof Error) world.err(`${error.stack}\n`);
    return error instanceof CliError ? error.exitCode : exitCodes.failed;
  }
}

/** Where the word is a command after all: `sluice sandbox fire-webhook` for `sluice fire-webhook`. */
function otherPlacesOf(program: Command, [first = '', second = '']: readonly string[]): string {
  const unknown = program.commands.some((group) => group.name() === first) ? second : first;
  const nested = program.commands.flatMap((group) =>
    group.commands.map((command) => ({ name: command.name(), path: `${group.name()} ${command.name()}` })),
  );
  const all = [...program.commands.map((command) => ({ name: command.name(), path: command.name() })), ...nested];
  return all
    .filter(({ name }) => name === unknown)
    .map(({ path }) => `(Did you mean sluice ${path}?)\n`)
    .join('');
}
