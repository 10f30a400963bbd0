import { usageError } from '../exit.ts';
import type { World } from '../world.ts';
import { readReadyFile } from './ready-file.ts';

/** Flags that say where Sluice is and who asks; each has a variable. */
export interface ConnectionFlags {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly readyFile?: string | undefined;
}

/** Where Sluice is and who asks. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** A mail address, GitHub login or sign-in name; null may look, and change nothing. */
  readonly user: string | null;
  /** Of whose making the address is, for messages. */
  readonly source: string;
}

/** Flags win over variables, and both over the ready file of a sandbox. @throws {CliError} usage. */
export async function resolveConnection(world: World, flags: ConnectionFlags): Promise<Connection> {
  const { env } = world;
  const url = flags.url ?? nonEmpty(env.SLUICE_URL);
  const token = flags.token ?? nonEmpty(env.SLUICE_TOKEN);
  const user = flags.as ?? nonEmpty(env.SLUICE_USER) ?? null;
  if (url !== undefined && token !== undefined) return { url: normalUrl(url), token, user, source: 'as configured' };

  const ready = await readReadyFile(world, flags.readyFile ?? nonEmpty(env.SLUICE_READY_FILE));
  // A token is only ever sent to the address that it came with.
  if (ready !== null && url === undefined) {
    return { url: normalUrl(ready.console), token: token ?? ready.secrets.apiToken, user, source: ready.path };
  }
  const missing = url === undefined ? 'where Sluice is' : 'the token';
  throw usageError(
    `It is not known ${missing === 'the token' ? 'with which token to ask' : missing}.`,
    'Pass --url and --token, or set SLUICE_URL and SLUICE_TOKEN; or pass --ready-file PATH of a sandbox (npm start).',
  );
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function normalUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${JSON.stringify(text)} is no address like https://sluice.example.com.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw usageError('The address of Sluice has a user or a password in it.', 'Pass the token with SLUICE_TOKEN.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
