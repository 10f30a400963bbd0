import { type ReadyFile, readReadyFile } from '../connection/ready-file.ts';
import { unreachable, usageError } from '../exit.ts';
import type { World } from '../world.ts';

/** The sandbox that is meant. @throws {CliError} usage. */
export async function requireReady(world: World, named: string | undefined): Promise<ReadyFile> {
  const ready = await readReadyFile(world, named ?? world.env.SLUICE_READY_FILE);
  if (ready !== null) return ready;
  throw usageError(
    'There is no sandbox here.',
    'Start one with npm start, or pass --ready-file PATH of one that runs.',
  );
}

/** Sends a request to a part of the sandbox. @throws {CliError} unreachable. */
export async function ask(
  world: World,
  url: string,
  { what, ...init }: RequestInit & { readonly what: string },
): Promise<{ status: number; document: unknown }> {
  try {
    const answer = await world.fetch(url, { signal: AbortSignal.timeout(15_000), ...init });
    const text = await answer.text();
    return { status: answer.status, document: text === '' ? null : JSON.parse(text) };
  } catch (error) {
    throw unreachable(`${what} at ${url} did not answer as expected.`, 'Does the sandbox still run? npm start', error);
  }
}
