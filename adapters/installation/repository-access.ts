import { type Instant, instant } from '../../contracts/instant.ts';
import { type GitHub, gitHubStatus, orNull, ownerAndName } from '../shared/github.ts';

/** What keeps others from writing a branch; null where the token may not see it. */
export interface BranchProtection {
  /** Whether only those who are named may push. */
  readonly restricted: boolean | null;
  /** Whether history can be rewritten by nobody else. */
  readonly forcePushBlocked: boolean | null;
}

/** Permissions of a repository, as GitHub calls them. */
export type RepositoryPermission = 'contents' | 'actions' | 'deployments' | 'pull_requests' | 'attestations' | 'issues';

/** What a token may do with a repository. */
export interface TokenRights {
  /** A classic token's scopes; null for a fine-grained one and for an App's, which have permissions instead. */
  readonly scopes: readonly string[] | null;
  /** What it may write, as scopes or permissions. */
  readonly writes: readonly string[];
  /** What GitHub refuses it to read, each with what it would need. */
  readonly unread: readonly { readonly permission: RepositoryPermission; readonly needs: string }[];
}

/** `never`: it has no end, or is made anew each hour, as an App's; `invalid`: GitHub takes it no more. */
export type TokenExpiry = Instant | 'never' | 'invalid';

/** What Sluice's token finds and may do on GitHub. Reads only. Errors: DependencyUnavailable, DependencyRefused. */
export interface RepositoryAccess {
  /** Whether commits can be written; null when the token does not see the repository. */
  canPush(repository: string): Promise<boolean | null>;
  /** When the token ends, asked by way of a repository that it sees. */
  tokenExpiry(repository: string): Promise<TokenExpiry>;
  hasBranch(repository: string, branch: string): Promise<boolean>;
  /** By rulesets, which everybody who reads the repository sees, and by classic protection, which takes an administrator to see whole. */
  protection(repository: string, branch: string): Promise<BranchProtection>;
  /** @param path like `.github/workflows/ci.yml`. */
  hasWorkflow(repository: string, path: string): Promise<boolean>;
  /**
   * What the token may do; null when it does not see the repository. That a fine-grained token may not write is known only by its being refused:
   * it asks with nothing in the request, which GitHub refuses in any case (422), after it has looked at the permission (403).
   */
  rights(repository: string, wanted: readonly RepositoryPermission[]): Promise<TokenRights | null>;
}

/** By what each permission is asked for. */
const reads = {
  contents: 'GET /repos/{owner}/{repo}/commits',
  actions: 'GET /repos/{owner}/{repo}/actions/runs',
  deployments: 'GET /repos/{owner}/{repo}/deployments',
  pull_requests: 'GET /repos/{owner}/{repo}/pulls',
  attestations: 'GET /repos/{owner}/{repo}/attestations/{subject_digest}',
  issues: 'GET /repos/{owner}/{repo}/issues',
} as const satisfies Record<RepositoryPermission, string>;
const contentsWritten: string = 'POST /repos/{owner}/{repo}/git/refs';
const writes: readonly (readonly [permission: string, route: string])[] = [
  ['contents', contentsWritten],
  ['deployments', 'POST /repos/{owner}/{repo}/deployments'],
  ['pull_requests', 'POST /repos/{owner}/{repo}/pulls'],
];
const noDigest = `sha256:${'0'.repeat(64)}`;

/** @see https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github#githubs-token-formats */
const isOfAnApp = (token: string): boolean => token.startsWith('ghs_');

/** GitHub writes `2027-10-12 09:00:00 UTC`, and another offset for some; nothing for a token that does not end. */
function expiryIn(header: unknown): TokenExpiry {
  const [, day, time, zone] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (UTC|[+-]\d{4})$/.exec(String(header ?? '')) ?? [];
  if (day === undefined || time === undefined || zone === undefined) return 'never';
  const offset = zone === 'UTC' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  return instant(Date.parse(`${day}T${time}${offset}`));
}

/** Scopes that let a classic token do nothing but read. */
const readsOnly = (scope: string): boolean => scope.startsWith('read:') || scope === 'user:email';

export function createRepositoryAccess(github: GitHub): RepositoryAccess {
  return {
    async canPush(repository) {
      const asked = { attempted: `read the repository ${repository}`, retry: 'safe' } as const;
      const found = await github.call(asked, (octokit, request) =>
        // 401: the token itself is none.
        orNull(octokit.request('GET /repos/{owner}/{repo}', { ...ownerAndName(repository), request }), [401, 404]),
      );
      if (found === null) return null;
      if (found.data.archived) return false;
      if (found.data.permissions?.push === true) return true;
      // Of an App's token the repository does not say what it may do.
      if (!isOfAnApp(await github.token())) return false;
      return github.call(asked, async (octokit, request) => {
        const question = octokit.request(contentsWritten, { ...ownerAndName(repository), request });
        return (await refusal(question, [403, 404])) === null;
      });
    },
    async tokenExpiry(repository) {
      if (isOfAnApp(await github.token())) return 'never';
      const asked = { attempted: `read when the token for ${repository} ends`, retry: 'safe' } as const;
      const found = await github.call(asked, (octokit, request) =>
        orNull(octokit.request('GET /repos/{owner}/{repo}', { ...ownerAndName(repository), request }), [401]),
      );
      return found === null ? 'invalid' : expiryIn(found.headers['github-authentication-token-expiration']);
    },
    async hasBranch(repository, branch) {
      const asked = { attempted: `read the branch ${branch} of ${repository}`, retry: 'safe' } as const;
      const found = await github.call(asked, (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
            ...ownerAndName(repository),
            ref: `heads/${branch}`,
            request,
          }),
        ),
      );
      return found !== null;
    },
    async protection(repository, branch) {
      const at = { ...ownerAndName(repository), branch };
      const asked = { attempted: `read what protects the branch ${branch} of ${repository}`, retry: 'safe' } as const;
      return github.call(asked, async (octokit, request) => {
        const rules = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/rules/branches/{branch}', { ...at, request }),
          [403, 404],
        );
        const types = new Set(rules?.data.map(({ type }) => type));
        // `update`: only who may bypass the rule moves the branch.
        if (types.has('update') && types.has('non_fast_forward')) return { restricted: true, forcePushBlocked: true };
        const classic = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/branches/{branch}/protection', { ...at, request }),
          [403, 404],
        );
        const summary = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/branches/{branch}', { ...at, request }),
        );
        const unseen = classic === null && summary?.data.protected === true ? null : false;
        return {
          restricted: types.has('update') || (classic === null ? unseen : classic.data.restrictions !== undefined),
          forcePushBlocked:
            types.has('non_fast_forward') ||
            (classic === null ? unseen : classic.data.allow_force_pushes?.enabled !== true),
        };
      });
    },
    async hasWorkflow(repository, path) {
      const asked = { attempted: `read the workflow ${path} of ${repository}`, retry: 'safe' } as const;
      const found = await github.call(asked, (octokit, request) =>
        orNull(
          octokit.request('GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}', {
            ...ownerAndName(repository),
            workflow_id: path.slice(path.lastIndexOf('/') + 1),
            request,
          }),
        ),
      );
      return found !== null;
    },
    async rights(repository, wanted) {
      const at = ownerAndName(repository);
      const asked = { attempted: `read what the token may do with ${repository}`, retry: 'safe' } as const;
      return github.call(asked, async (octokit, request) => {
        const seen = await orNull(octokit.request('GET /repos/{owner}/{repo}', { ...at, request }), [401, 404]);
        if (seen === null) return null;
        const header = seen.headers['x-oauth-scopes'];
        const scopes =
          header === undefined
            ? null
            : header.split(',').flatMap((scope) => (scope.trim() === '' ? [] : [scope.trim()]));
        const unread = await Promise.all(
          wanted.map(async (permission) => {
            const subject = permission === 'attestations' ? { subject_digest: noDigest } : {};
            const question = { ...at, ...subject, per_page: 1, request };
            const needs = await refusal(octokit.request(reads[permission], question), [403]);
            return needs === null ? [] : [{ permission, needs: needs === '' ? `${permission}=read` : needs }];
          }),
        );
        if (scopes !== null)
          return { scopes, writes: scopes.filter((scope) => !readsOnly(scope)), unread: unread.flat() };
        const written = await Promise.all(
          writes.map(async ([permission, route]) => {
            // Without a body there is nothing that could be made.
            const refused = await refusal(octokit.request(route, { ...at, request }), [403, 404]);
            return refused === null ? [permission] : [];
          }),
        );
        return { scopes, writes: written.flat(), unread: unread.flat() };
      });
    },
  };
}

/**
 * Null where the token has the right to ask so, whatever else is wrong with the question; else the permissions that GitHub names
 * (`x-accepted-github-permissions`), which may be none.
 */
async function refusal(request: Promise<unknown>, refuses: readonly number[]): Promise<string | null> {
  try {
    await request;
    return null;
  } catch (error) {
    const status = gitHubStatus(error);
    if (status === null || status === 401 || status >= 500 || /rate limit/i.test(String(error))) throw error;
    return refuses.includes(status) ? acceptedOf(error) : null;
  }
}

function acceptedOf(error: unknown): string {
  const { response } = error as { response?: { headers?: Readonly<Record<string, unknown>> } }; // octokit's RequestError
  const accepted = response?.headers?.['x-accepted-github-permissions'];
  return typeof accepted === 'string' ? accepted : '';
}
