import { type Command, CommanderError } from 'commander';
import { createProgram } from '../../cli/program.ts';
import type { World } from '../../cli/world.ts';

/** Everything in a text that says `sluice …` and is meant to be typed. */
export function commandsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`(sluice [^`]+)`/g)].map(([, command = '']) => command);
  const rest = text.replaceAll(/`[^`]*`/g, '');
  const lines = [...rest.matchAll(/(?:^|: |\$ |\| |^\s+)(sluice [a-z][^\n|]*)/gm)].map(([, command = '']) => command);
  return [...quoted, ...lines].map((command) => command.replace(/\s+#.*$/, '').trim());
}

/**
 * What keeps a command from running as it is printed: an unknown command or option, a value out of range, a required option or argument
 * that is missing. Null when the real program takes it. Nothing is run.
 */
export function faultOf(command: string): Promise<string | null> {
  const known = answered.get(command) ?? askProgram(command);
  answered.set(command, known);
  return known;
}

const answered = new Map<string, Promise<string | null>>();

async function askProgram(command: string): Promise<string | null> {
  const program = createProgram(silentWorld);
  for (const one of everyCommand(program)) {
    one.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
    if (one.commands.length === 0) one.action(() => undefined);
  }
  try {
    await program.parseAsync(wordsOf(command).slice(1), { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error.code.startsWith('commander.help') ? null : error.message;
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is wrong with the commands of a text, one line each: nothing that is printed to be typed may fail as it stands (I14). */
export async function commandFaults(text: string): Promise<string[]> {
  const faults: string[] = [];
  for (const command of commandsIn(text)) {
    const fault = await faultOf(command);
    if (fault !== null) faults.push(`${command}: ${fault}`);
  }
  // Whatever else begins like one must be in backticks or after a colon, or it is read by nobody's eyes and by no test.
  const known = commandNames().filter((name) => !name.includes(' '));
  const stray = new RegExp(`["'“]sluice (?:${known.join('|')})\\b[^"'”]*`, 'g');
  return [...faults, ...[...text.matchAll(stray)].map(([found]) => `${found}: is not marked as a command`)];
}

/** Ids as operations have them: 20 letters and digits that begin with the time. */
export const operationsIn = (text: string): string[] => [...new Set(text.match(/\b01[0-9a-hjkmnp-tv-z]{18}\b/g) ?? [])];

/** As one speaks of a command: `abort`, `audit verify`. */
export const commandNames = (): string[] =>
  createProgram(silentWorld).commands.flatMap((one) => [
    one.name(),
    ...one.commands.map((part) => `${one.name()} ${part.name()}`),
  ]);

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** As a shell splits them: quotes hold a word together. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"((?:\\.|[^"\\])*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );

const refuse = () => {
  throw new Error('A command that is only parsed asks the world for nothing.');
};

export const silentWorld: World = {
  clearLines: () => undefined,
  env: {},
  out: () => undefined,
  err: () => undefined,
  terminal: null,
  now: refuse,
  pause: refuse,
  onInterrupt: refuse,
  fetch: refuse,
  readFile: refuse,
  writeFile: refuse,
  appendFile: refuse,
  runProgram: refuse,
  newId: refuse,
};
