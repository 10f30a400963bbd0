import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import type { SourceControl } from './source-control.ts';

/** Longest text that is searched for change records: GitHub's own limit of a pull request's body. */
const longestText = 65_536;

/** What the house wants to find of a release: texts that name change records, issues, and files of its commit. */
export function createComplianceReader(github: GitHub): Pick<SourceControl, 'pullTexts' | 'issue' | 'fileAt'> {
  return {
    pullTexts: (repository, commit, options = {}) =>
      github.call(
        { ...options, attempted: `list the pull requests of ${commit}`, retry: 'safe' },
        async (octokit, request) => {
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
            ...ownerAndName(repository),
            commit_sha: commit,
            per_page: 100,
            request,
          });
          // Anybody may open a pull request with somebody else's commit: it was not merged.
          return data
            .filter(({ merged_at }) => merged_at !== null)
            .map(({ title, body }) => `${title}\n${body ?? ''}`.slice(0, longestText));
        },
      ),

    issue: (repository, number, options = {}) =>
      github.call({ ...options, attempted: `read issue ${number}`, retry: 'safe' }, async (octokit, request) => {
        const found = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
            ...ownerAndName(repository),
            issue_number: number,
            request,
          }),
          // 410: it was deleted, or issues are off.
          [404, 410],
        );
        if (found === null) return null;
        const { title, state, labels, html_url: url, pull_request: pull } = found.data;
        return {
          title,
          state,
          labels: labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
          url,
          isPull: pull !== undefined && pull !== null,
        };
      }),

    fileAt: (repository, commit, path, options = {}) =>
      github.call(
        { ...options, attempted: `look for ${path} in ${commit}`, retry: 'safe' },
        async (octokit, request) => {
          const at = { ...ownerAndName(repository), request };
          const folders = path.split('/');
          const file = folders.pop();
          let tree = commit;
          for (const folder of folders) {
            const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
              ...at,
              tree_sha: tree,
            });
            const found = data.tree.find((entry) => entry.path === folder && entry.type === 'tree');
            if (found?.sha === undefined) return null;
            tree = found.sha;
          }
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
            ...at,
            tree_sha: tree,
          });
          const found = data.tree.find((entry) => entry.path === file && entry.type === 'blob');
          return found === undefined ? null : { path };
        },
      ),
  };
}
