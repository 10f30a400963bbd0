import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';

/** What keeps others from writing a branch; null where the token may not see it. */
export interface BranchProtection {
  /** Whether only those who are named may push. */
  readonly restricted: boolean | null;
  /** Whether history can be rewritten by nobody else. */
  readonly forcePushBlocked: boolean | null;
}

/** What Sluice's token finds and may do on GitHub. Reads only. Errors: NeighbourUnavailable, NeighbourRefused. */
export interface RepositoryAccess {
  /** Whether commits can be written; null when the token does not see the repository. */
  canPush(repository: string): Promise<boolean | null>;
  hasBranch(repository: string, branch: string): Promise<boolean>;
  /** By rulesets, which everybody who reads the repository sees, and by classic protection, which takes an administrator to see whole. */
  protection(repository: string, branch: string): Promise<BranchProtection>;
  /** @param path like `.github/workflows/ci.yml`. */
  hasWorkflow(repository: string, path: string): Promise<boolean>;
}

export function createRepositoryAccess(github: GitHub): RepositoryAccess {
  return {
    async canPush(repository) {
      const asked = { attempted: `read the repository ${repository}`, kind: 'read' } as const;
      const found = await github.call(asked, (octokit, request) =>
        // 401: the token itself is none.
        orNull(octokit.request('GET /repos/{owner}/{repo}', { ...ownerAndName(repository), request }), [401, 404]),
      );
      if (found === null) return null;
      return found.data.permissions?.push === true && !found.data.archived;
    },
    async hasBranch(repository, branch) {
      const asked = { attempted: `read the branch ${branch} of ${repository}`, kind: 'read' } as const;
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
      const asked = { attempted: `read what protects the branch ${branch} of ${repository}`, kind: 'read' } as const;
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
      const asked = { attempted: `read the workflow ${path} of ${repository}`, kind: 'read' } as const;
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
  };
}
