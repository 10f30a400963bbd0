import { createVerify, type KeyObject } from 'node:crypto';
import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';
import { errorAnswer, GitHubError, jsonHeaders } from './router.ts';
import type { LimitedToken } from './token-rights.ts';

/** A GitHub App and its one installation, on every repository. */
export interface GitHubApp {
  readonly appId: string;
  readonly installationId: number;
  /** Of the private key with which the App signs. */
  readonly publicKey: KeyObject;
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
}

/** GitHub's tokens of installations last an hour. */
const lastsMs = 3_600_000;

/** The tokens of Apps' installations: made for who signs as the App, and good for an hour. */
export class InstallationTokens {
  readonly #apps: readonly GitHubApp[];
  readonly #now: () => number;
  readonly #made = new Map<string, LimitedToken & { readonly until: number }>();

  constructor(apps: readonly GitHubApp[], now: () => number) {
    this.#apps = apps;
    this.#now = now;
  }

  /** What a token may do, as long as it lasts. */
  find(token: string): LimitedToken | undefined {
    const found = this.#made.get(token);
    return found !== undefined && this.#now() < found.until ? found : undefined;
  }

  /** Answers `POST /app/installations/{id}/access_tokens`; undefined for every other request. */
  answer(request: ServiceRequest): ServiceAnswer | undefined {
    const [, id] = /^\/app\/installations\/(\d+)\/access_tokens$/.exec(request.path) ?? [];
    if (request.method !== 'POST' || id === undefined) return undefined;
    const now = this.#now();
    const signed = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const app = this.#apps.find((one) => isSignedBy(one, signed, now));
    if (app === undefined) return errorAnswer(new GitHubError(401, 'A JSON web token could not be decoded'));
    if (String(app.installationId) !== id) return errorAnswer(new GitHubError(404, 'Not Found'));
    const asked: { permissions?: Record<string, 'read' | 'write'> } =
      request.body.length === 0 ? {} : JSON.parse(request.body.toString());
    const permissions = asked.permissions ?? app.permissions;
    const exceeds = Object.entries(permissions).some(
      ([name, level]) => app.permissions[name] === undefined || (level === 'write' && app.permissions[name] === 'read'),
    );
    if (exceeds) {
      return errorAnswer(new GitHubError(422, 'The permissions requested are not granted to this installation.'));
    }
    const token = `ghs_${id}_${this.#made.size + 1}_${now}`;
    this.#made.set(token, { token, permissions: { metadata: 'read', ...permissions }, until: now + lastsMs });
    // Without the fraction of a second, as GitHub writes it.
    const expires_at = new Date(now + lastsMs).toISOString().replace(/\.\d+Z$/, 'Z');
    const body = JSON.stringify({ token, expires_at, permissions, repository_selection: 'all' });
    return { status: 201, headers: jsonHeaders, body };
  }
}

/** GitHub takes RS256, the App as issuer, and a life of ten minutes at most that has begun. */
function isSignedBy({ appId, publicKey }: GitHubApp, token: string, now: number): boolean {
  const [head = '', claims = '', signature = ''] = token.split('.');
  try {
    const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    const seconds = now / 1_000;
    return (
      alg === 'RS256' &&
      String(iss) === appId &&
      iat <= seconds &&
      seconds < exp &&
      exp - seconds <= 600 &&
      createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
    );
  } catch {
    return false;
  }
}
