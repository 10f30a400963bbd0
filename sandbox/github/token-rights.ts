import type { ServiceAnswer, ServiceRequest } from '../aws/listener.ts';
import { errorAnswer, GitHubError } from './router.ts';

/** A token that may do less than everything. */
export type LimitedToken = { readonly token: string } & (
  | {
      /** Of a fine-grained token: permissions of its repositories, by GitHub's names. What is not there is refused. */
      readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
    }
  | {
      /** Of a classic token: with `repo` it may do everything, without only read. */
      readonly scopes: readonly string[];
    }
);

/** Which permission a path below a repository belongs to; what is not listed goes with the repository itself (`metadata`). */
const permissionsByPath: readonly (readonly [RegExp, string])[] = [
  [/^(?:pulls|commits\/[^/]+\/pulls)(?:\/|$)/, 'pull_requests'],
  [/^(?:git|commits|compare|contents|branches|tags)(?:\/|$)/, 'contents'],
  [/^actions(?:\/|$)/, 'actions'],
  [/^deployments(?:\/|$)/, 'deployments'],
  [/^attestations(?:\/|$)/, 'attestations'],
  [/^(?:check-runs|check-suites)(?:\/|$)/, 'checks'],
  [/^issues(?:\/|$)/, 'issues'],
];

/** Everything may be read, nothing written. */
export const readsEverything = Object.fromEntries(
  [...permissionsByPath.map(([, permission]) => permission), 'metadata'].map((permission) => [permission, 'read']),
) as Readonly<Record<string, 'read'>>; // each entry is one

/** GitHub's refusal where the token has no right to this, else undefined. A fine-grained one is told what it would need. */
export function refuse(
  request: Pick<ServiceRequest, 'method' | 'path'>,
  limited: LimitedToken,
): ServiceAnswer | undefined {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if ('scopes' in limited) {
    // A classic token is not told that there is something that it may not write.
    return reads || limited.scopes.includes('repo') ? undefined : errorAnswer(new GitHubError(404, 'Not Found'));
  }
  const below = /^\/repos\/[^/]+\/[^/]+\/?(.*)$/.exec(request.path)?.[1] ?? '';
  const permission = permissionsByPath.find(([pattern]) => pattern.test(below))?.[1] ?? 'metadata';
  const granted = permission === 'metadata' && reads ? 'read' : limited.permissions[permission];
  if (granted === 'write' || (reads && granted === 'read')) return undefined;
  const refused = errorAnswer(new GitHubError(403, 'Resource not accessible by personal access token'));
  const needs = `${permission}=${reads ? 'read' : 'write'}`;
  return { ...refused, headers: { ...refused.headers, 'x-accepted-github-permissions': needs } };
}
