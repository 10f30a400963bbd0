import { type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { sinceSchema } from '../contracts/api/since.ts';
import { environmentNames } from '../contracts/names.ts';
import { lastKnownGood } from '../contracts/trigger.ts';
import { versionSchema } from '../contracts/version.ts';
import { usageError } from './exit.ts';

/** What a command is called, what it does, and how it is used. */
export interface CommandWords {
  /** With its arguments, e.g. `operation <id>`. */
  readonly name: string;
  readonly summary: string;
  /** Without the leading `sluice`. */
  readonly examples: readonly [string, ...string[]];
}

/** A word before other commands, as in `sluice audit verify`. Whatever follows it is theirs, so that a mistyped one is never taken for help. */
export const addGroup = (parent: Command, name: string, summary: string): Command =>
  parent.command(name).description(summary).enablePositionalOptions().passThroughOptions();

/** A command with `--output` and its examples in `--help`. */
export function addCommand(parent: Command, { name, summary, examples }: CommandWords): Command {
  const lines = examples.map((example) => `  $ sluice ${example}`).join('\n');
  return parent
    .command(name)
    .description(summary)
    .addOption(new Option('-o, --output <form>', 'form of the result').choices(['text', 'json']).default('text'))
    .option('--utc', 'times in UTC on a terminal; in a pipe and in JSON they always are')
    .addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${lines}\n`);
}

/** A command that asks a server. */
export function addServerCommand(parent: Command, words: CommandWords): Command {
  return addCommand(parent, words)
    .option('--url <address>', 'where Sluice is (SLUICE_URL)')
    .option('--token <token>', 'the API token; better set SLUICE_TOKEN')
    .option('--as <person>', 'who you are: mail, GitHub login or sign-in name (SLUICE_USER; in a sandbox its operator)')
    .option('--ready-file <path>', 'of a sandbox (SLUICE_READY_FILE; .sluice/ready.json if it is there)');
}

/** A command about one service; the only one there is when none is named. */
export function addServiceCommand(parent: Command, words: CommandWords): Command {
  return addServerCommand(parent, words).option('--service <name>', 'which service (SLUICE_SERVICE)');
}

export const environmentOption = (flags: string, description: string): Option =>
  new Option(flags, description).choices(environmentNames);

/** A version of any scheme; whether it is one of the service's is for the server to say. */
export function parseVersion(text: string): string {
  const parsed = versionSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  const [problem] = parsed.error.issues;
  throw new InvalidArgumentError(`It ${problem?.message ?? 'must be a version like v2.1.0'}.`);
}

/** The SHA-256 of what is to be approved, or as much of its beginning as tells it from others. */
export function parseSubject(text: string): string {
  if (/^[0-9a-f]{8,64}$/i.test(text)) return text;
  throw new InvalidArgumentError('It must be a SHA-256 from the mail, or at least its first 8 digits.');
}

/** A version, or the word for whatever was good last. */
export const parseWantedVersion = (text: string): string => (text === lastKnownGood ? text : parseVersion(text));

/** @param highest both ends are included. */
export const parseWhole =
  (lowest: number, highest: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= lowest && value <= highest) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${lowest} to ${highest}.`);
  };

/** A moment as the API takes it: checked here, and sent as it was written. */
export function parseMoment(text: string): string {
  if (sinceSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be a time like 2026-11-01 or 2026-11-01T09:00Z, or how long ago, like 30d.');
}

/** Where the API's key is not the option's name. */
const sides: Readonly<Record<string, string>> = { from: 'from-env', to: 'to-env' };

/** Checks a request by the API's own schema before anything is sent. @throws {CliError} usage, with every problem. */
export function checkRequest<Schema extends z.ZodType>(schema: Schema, request: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const key = path.join('.');
    return `--${sides[key] ?? key} ${message}`;
  });
  throw usageError('The request has problems.', problems.join('\n'));
}
