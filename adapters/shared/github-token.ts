import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import { Octokit } from '@octokit/core';
import * as z from 'zod';
import { minutes, seconds } from '../../contracts/duration.ts';
import { type Instant, instant, parseInstant } from '../../contracts/instant.ts';
import { callDependency } from './call-dependency.ts';
import { refused } from './dependency-errors.ts';
import { silent, translateGitHubError } from './github.ts';

/** A GitHub App and where it is installed, as a secret holds it: JSON in place of a person's token. */
const appSchema = z.strictObject({
  /** The App's id, or its client id. */
  appId: z
    .union(
      [z.int().positive(), z.string().regex(/^\w[\w.]*$/, 'must be the id of a GitHub App')],
      'must be the id of a GitHub App',
    )
    .transform(String),
  installationId: z
    .union([z.int().positive(), z.string().regex(/^\d+$/, 'must be a number')], 'must be a number')
    .transform(Number),
  /** PEM, as GitHub gives it. */
  privateKey: z.string('must be the PEM that GitHub gave'),
  /** What the tokens may do, if less than the App: `{"contents": "read"}`. */
  permissions: z.record(z.string(), z.enum(['read', 'write'], 'must be read or write')).optional(),
});
type App = z.output<typeof appSchema>;

/** So long before its end a token is replaced: whoever was given it has this long to use it. */
const renewedBefore = minutes(5);

/**
 * The token for each request, from what a secret holds: the token itself, or a GitHub App as JSON, whose installation tokens (an hour each) are
 * made and kept here. Errors: DependencyUnavailable, DependencyRefused. No part of the secret is in any message.
 *
 * @param options.secret gives the secret's value; another value begins anew.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
export function createGitHubToken(options: {
  readonly secret: () => Promise<string>;
  readonly baseUrl: string;
  readonly now: () => Instant;
}): () => Promise<string> {
  const octokit = new Octokit({ baseUrl: options.baseUrl, userAgent: 'sluice', log: silent });
  let kept: { readonly secret: string; readonly token: Promise<{ text: string; until: Instant }> } | null = null;
  return async () => {
    const secret = await options.secret();
    if (!secret.trimStart().startsWith('{')) return secret;
    const known = kept?.secret === secret ? await kept.token.catch(() => null) : null;
    if (known !== null && options.now() < known.until) return known.text;
    const token = installationToken(octokit, readApp(secret), options.now());
    kept = { secret, token };
    return (await token).text;
  };
}

function readApp(secret: string): { app: App; key: KeyObject } {
  const call = { dependency: 'GitHub', attempted: 'read the GitHub App in the secret' };
  let given: unknown;
  try {
    given = JSON.parse(secret);
  } catch {
    throw refused({ ...call, reason: 'it begins with { and is not JSON' });
  }
  const parsed = appSchema.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'it'}: ${message}`);
    throw refused({
      ...call,
      reason: `it takes appId, installationId, privateKey and permissions: ${problems.join('; ')}`,
    });
  }
  try {
    return { app: parsed.data, key: createPrivateKey(parsed.data.privateKey) };
  } catch {
    throw refused({ ...call, reason: 'privateKey is not the PEM of a private key' });
  }
}

async function installationToken(
  octokit: Octokit,
  { app, key }: { app: App; key: KeyObject },
  now: Instant,
): Promise<{ text: string; until: Instant }> {
  const { installationId, permissions } = app;
  const attempted = `make a token for the installation ${installationId} of the GitHub App ${app.appId}`;
  // Read, as far as repetitions go: one token too many ends within the hour.
  const call = { dependency: 'GitHub', attempted, retry: 'safe', within: seconds(10) } as const;
  const { data } = await callDependency(call, async (signal) => {
    try {
      return await octokit.request('POST /app/installations/{installation_id}/access_tokens', {
        installation_id: installationId,
        ...(permissions === undefined ? {} : { permissions }),
        headers: { authorization: `Bearer ${signedByApp(app, key, now)}`, 'x-github-api-version': '2022-11-28' },
        request: { signal },
      });
    } catch (error) {
      throw translateGitHubError(error, attempted);
    }
  });
  return { text: data.token, until: instant(parseInstant(data.expires_at) - renewedBefore) };
}

/** The App's own word of who it is: good for nine minutes (GitHub takes ten at most), and from a minute ago, since clocks differ. */
function signedByApp({ appId }: App, key: KeyObject, now: Instant): string {
  const at = Math.floor(now / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iat: at - 60, exp: at + 540, iss: appId })}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}
