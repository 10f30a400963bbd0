import * as z from 'zod';
import type { CallOptions } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import { askHttp } from '../shared/http.ts';
import type { AttestationQuestion, FoundBundle } from './attestations.ts';

/** Either the bundle itself or where it is kept; GitHub has changed which one it answers with. */
const listSchema = z.object({
  attestations: z.array(z.object({ bundle: z.unknown().nullish(), bundle_url: z.string().nullish() })),
});

/** Most attestations of one digest that are looked at. */
const most = 100;

/** GitHub's artifact attestations of a digest, by `GET /repos/{owner}/{repo}/attestations/{subject_digest}`. */
export function findAtGitHub(
  github: GitHub,
  { repository, digest }: AttestationQuestion,
  options: CallOptions = {},
): Promise<FoundBundle[]> {
  const attempted = `read the attestations of ${digest}`;
  return github.call({ ...options, attempted, retry: 'safe' }, async (octokit, request) => {
    const answer = await orNull(
      octokit.request('GET /repos/{owner}/{repo}/attestations/{subject_digest}', {
        ...ownerAndName(repository),
        subject_digest: digest,
        per_page: most,
        request,
      }),
    );
    if (answer === null) return [];
    const list = listSchema.safeParse(answer.data);
    if (!list.success)
      throw refused({ dependency: 'GitHub', attempted, reason: 'the answer is not a list of attestations' });
    return Promise.all(
      list.data.attestations.map(async ({ bundle, bundle_url }): Promise<FoundBundle> => {
        if (bundle !== null && bundle !== undefined) return { source: 'github', bundle };
        if (bundle_url === null || bundle_url === undefined) {
          return { source: 'github', bundle: null, problem: 'GitHub names no bundle of it' };
        }
        return readBundle(bundle_url, new URL(github.baseUrl).origin, request.signal);
      }),
    );
  });
}

/** A bundle from GitHub's storage: its address is signed, so no token goes there. It may be packed with Snappy. */
async function readBundle(address: string, ownOrigin: string, signal: AbortSignal): Promise<FoundBundle> {
  const attempted = 'read the bundle of an attestation';
  const unread = (problem: string): FoundBundle => ({ source: 'github', bundle: null, problem });
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || (url.protocol !== 'https:' && url.origin !== ownOrigin)) {
    return unread('its bundle has no https address');
  }
  const { status, headers, body } = await askHttp({ method: 'GET', url, signal });
  if (status === 429 || status >= 500) throw unavailable({ dependency: 'GitHub', attempted, reason: `${status}` });
  if (status !== 200) return unread(`its bundle could not be read: ${status}`);
  try {
    if (headers['content-type'] !== 'application/x-snappy')
      return { source: 'github', bundle: JSON.parse(body.toString()) };
    const { default: snappy } = await import('snappyjs');
    return { source: 'github', bundle: JSON.parse(snappy.uncompress(body, longestBundle).toString()) };
  } catch (error) {
    return unread(`its bundle is not readable: ${error instanceof Error ? error.message : error}`);
  }
}

/** In bytes, unpacked: an SBOM may have megabytes. */
const longestBundle = 32 * 1024 * 1024;
