import { Agent } from 'node:https';
import type { SourceAuth, WebAccess } from '../../contracts/configuration/objectives.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { AwsCredentials, AwsOptions } from '../shared/aws.ts';

/** How a source is asked: what it is shown, and whose certificate it has. */
export interface SourceAccess {
  /** Headers that say who asks. */
  headers(request: {
    readonly method: string;
    readonly url: string;
    readonly body: string;
  }): Promise<Record<string, string>>;
  /** After the source has refused what it was shown: it is read anew. */
  forget(): void;
  /** Connections, where the certificate is of an authority of one's own. */
  readonly agent?: Agent;
}

export interface SourceAccessOptions {
  /** Where secrets are read. */
  readonly secrets: AwsOptions;
  /** Sluice's own AWS keys. */
  readonly credentials: () => Promise<AwsCredentials>;
  readonly now: () => Instant;
}

/** Anybody may ask. */
export const openAccess: SourceAccess = { headers: async () => ({}), forget: () => undefined };

/** How a service's source wants to be asked. Secrets, once read, are shared by all sources. Nothing is loaded for a source that wants nothing. */
export function createSourceAccess({ secrets, credentials, now }: SourceAccessOptions) {
  let opened: Promise<Secrets> | null = null;
  const open = () => {
    opened ??= import('../secrets/secrets.ts').then(({ createSecrets }) => createSecrets({ ...secrets, now }));
    return opened;
  };
  const agents = new Map<string, Agent>();
  const agentOf = (authority: string): Agent => {
    const agent =
      agents.get(authority) ?? new Agent({ ca: Buffer.from(authority, 'base64').toString('utf8'), keepAlive: true });
    agents.set(authority, agent);
    return agent;
  };

  const headersOf = async (
    auth: SourceAuth,
    { method, url, body }: Parameters<SourceAccess['headers']>[0],
  ): Promise<Record<string, string>> => {
    if (auth.kind === 'sigv4') {
      const { signRequest } = await import('../shared/sign-request.ts');
      const request = { method, url: new URL(url), headers: {}, body, now: now() };
      return signRequest(request, { service: 'aps', region: auth.region, credentials: await credentials() });
    }
    const { current } = await (await open()).get(auth.secret);
    return { authorization: auth.kind === 'bearer' ? `Bearer ${current}` : `Basic ${basic(auth.secret, current)}` };
  };

  return ({ auth, certificateAuthority }: WebAccess): SourceAccess => {
    if (auth === undefined && certificateAuthority === undefined) return openAccess;
    return {
      headers: async (request) => (auth === undefined ? {} : headersOf(auth, request)),
      forget: () => {
        if (auth !== undefined && auth.kind !== 'sigv4') void opened?.then((found) => found.forget(auth.secret));
      },
      ...(certificateAuthority === undefined ? {} : { agent: agentOf(certificateAuthority) }),
    };
  };
}

/** `user:password` as it is sent; Secrets Manager's own form is an object of both. */
function basic(name: string, secret: string): string {
  if (!secret.startsWith('{')) return Buffer.from(secret).toString('base64');
  let read: unknown;
  try {
    read = JSON.parse(secret);
  } catch {
    throw new InvalidInput(
      `The secret ${name} begins like JSON but is not JSON; it must be user:password, or {"username": …, "password": …}.`,
    );
  }
  const { username, password } = read as { username?: unknown; password?: unknown }; // an object: it begins with a brace
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new InvalidInput(`The secret ${name} has no username and password, or they are not texts.`);
  }
  return Buffer.from(`${username}:${password}`).toString('base64');
}
