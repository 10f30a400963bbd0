import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';

/** What Sluice's token finds and may do on GitHub. Reads only. Errors: NeighbourUnavailable, NeighbourRefused. */
export interface RepositoryAccess {
  /** Whether commits can be written; null when the token does not see the repository. */
  canPush(repository: string): Promise<boolean | null>;
  hasBranch(repository: string, branch: string): Promise<boolean>;
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
