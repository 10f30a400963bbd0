import { printableJson } from '../contracts/one-line.ts';
import { type Api, createApi } from './connection/api.ts';
import { type ConnectionFlags, resolveConnection } from './connection/connection.ts';
import type { World } from './world.ts';

/** Flags of every command that prints something. */
export interface OutputFlags {
  readonly output: 'text' | 'json';
}

/** Flags of every command that asks a server. */
export interface SharedFlags extends ConnectionFlags, OutputFlags {
  readonly service?: string | undefined;
}

/** What a command works with: the world, the API, and how to print. */
export interface Session {
  readonly world: World;
  readonly api: Api;
  readonly flags: SharedFlags;
}

/** @throws {CliError} usage, when it is not known where Sluice is. */
export async function openSession(world: World, flags: SharedFlags): Promise<Session> {
  return { world, flags, api: createApi(world, await resolveConnection(world, flags)) };
}

/** Prints the result of a command on stdout: the document as it is, or what `lines` make of it. */
export function print<Document extends object>(
  { world, flags }: { readonly world: World; readonly flags: OutputFlags },
  document: Document,
  lines: (document: Document) => readonly string[],
): void {
  const text = flags.output === 'json' ? [printableJson(document)] : lines(document);
  if (text.length > 0) world.out(`${text.join('\n')}\n`);
}
