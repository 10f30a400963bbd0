import { type Command, CommanderError } from 'commander';
import { printableLines } from '../contracts/one-line.ts';
import { CliError, describeError, type ExitCode, exitCodes } from './exit.ts';
import { nearest } from './nearest.ts';
import { inTimeZone } from './output/time.ts';
import { createProgram } from './program.ts';
import type { World } from './world.ts';

/** Carries out one command line (without `node` and the script) and says what to exit with; see exit.ts. */
export async function run(typed: readonly string[], outside: World): Promise<ExitCode> {
  // Of an unknown command, commander's own `help` prints the help of all.
  const words = typed[0] === 'help' && typed.length > 1 ? [...typed.slice(1), '--help'] : typed;
  const clock = { zone: outside.terminal === null ? null : (outside.timeZone ?? ownTimeZone()) };
  const world = printingSafely(outside, clock);
  const program = createProgram(world).hook('preAction', (_, command) => {
    const { utc, output } = command.opts();
    if (utc === true || output === 'json') clock.zone = null;
  });
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

const ownTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * Whatever is printed, texts of others in it included, moves no cursor and changes no direction. On a terminal its times are those of who reads
 * it; in a pipe, in JSON and with `--utc` they stay in UTC.
 */
function printingSafely(world: World, clock: { readonly zone: string | null }): World {
  const printed = (text: string) => printableLines(clock.zone === null ? text : inTimeZone(text, clock.zone));
  return {
    ...world,
    out: (text) => world.out(printed(text)),
    err: (text) => world.err(printed(text)),
    shownZone: () => clock.zone,
  };
}

/** Where the word, or the one that it comes closest to, is a command at another level: `sluice sandbox fire-webhook`. */
function otherPlacesOf(program: Command, [first = '', second = '']: readonly string[]): string {
  const group = program.commands.find((one) => one.name() === first && one.commands.length > 0);
  const unknown = group === undefined ? first : second;
  const here = new Set((group ?? program).commands);
  const elsewhere = [...program.commands, ...program.commands.flatMap(({ commands }) => commands)].filter(
    (command) => !here.has(command),
  );
  return nearest(unknown, elsewhere, (command) => command.name())
    .map((command) => `(Did you mean sluice ${pathOf(command)}?)\n`)
    .join('');
}

const pathOf = (command: Command): string =>
  command.parent?.parent ? `${command.parent.name()} ${command.name()}` : command.name();
