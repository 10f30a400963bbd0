import { parseInstant } from '../../contracts/instant.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import type { SourceControl } from './source-control.ts';

/** Most commits of a comparison that are shown; GitHub's first page of it. */
const mostCommits = 250;

/** Commits and how they relate. */
export function createCommitReader(
  github: GitHub,
): Pick<SourceControl, 'branchCommit' | 'compare' | 'commit' | 'taggedCommit'> {
  return {
    compare: (repository, base, head, options = {}) =>
      github.call(
        { ...options, attempted: `compare ${base} with ${head}`, retry: 'safe' },
        async (octokit, request) => {
          const found = await orNull(
            octokit.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
              ...ownerAndName(repository),
              basehead: `${base}...${head}`,
              per_page: mostCommits,
              request,
            }),
          );
          if (found === null) return null;
          const { status, ahead_by, behind_by, commits, html_url } = found.data;
          return {
            status,
            aheadBy: ahead_by,
            behindBy: behind_by,
            commits: commits.slice(0, mostCommits).map(({ sha, commit, author }) => ({
              sha,
              subject: commit.message.split('\n', 1)[0] ?? '',
              author: loginOf(author) ?? commit.author?.name ?? null,
            })),
            url: html_url,
          };
        },
      ),

    commit: (repository, ref, options = {}) =>
      github.call({ ...options, attempted: `read commit ${ref}`, retry: 'safe' }, async (octokit, request) => {
        const found = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/commits/{ref}', { ...ownerAndName(repository), ref, request }),
          // 422: no commit of that id; 404: no such repository or branch.
          [404, 422],
        );
        if (found === null) return null;
        const { sha, commit, author } = found.data;
        return {
          sha,
          author: loginOf(author),
          name: commit.author?.name ?? '',
          mail: commit.author?.email ?? null,
          committedAt: parseInstant(commit.committer?.date ?? commit.author?.date ?? ''),
          message: commit.message,
        };
      }),

    taggedCommit: (repository, tag, options = {}) =>
      github.call({ ...options, attempted: `read tag ${tag}`, retry: 'safe' }, async (octokit, request) => {
        const at = { ...ownerAndName(repository), request };
        const found = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: `tags/${tag}` }),
        );
        if (found === null) return null;
        const { type, sha } = found.data.object;
        if (type !== 'tag') return sha;
        return (await octokit.request('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { ...at, tag_sha: sha })).data
          .object.sha;
      }),

    branchCommit: (repository, branch, options = {}) =>
      github.call({ ...options, attempted: `read branch ${branch}`, retry: 'safe' }, async (octokit, request) => {
        const question = { ...ownerAndName(repository), ref: `heads/${branch}`, request };
        return (
          (await orNull(octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', question)))?.data.object.sha ?? null
        );
      }),
  };
}

/** GitHub says `{}` for an account that is gone. */
function loginOf(account: { login?: string } | Record<string, never> | null): string | null {
  return typeof account?.login === 'string' ? account.login : null;
}
