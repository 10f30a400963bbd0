import { commitOf, fullName, type Repository } from './github-store.ts';
import { isoSeconds } from './present-commit.ts';
import { loginOf, nodeId, presentUser } from './present-repository.ts';
import type { World } from './world.ts';

/**
 * The merged pull request that a commit came from, as its message tells: `title (#12)` of a squash, or
 * `Merge pull request #12 from …`. The sandbox keeps no pull requests of their own.
 */
export function pullRequestsOf(world: World, repository: Repository, sha: string) {
  const commit = commitOf(repository, sha);
  const [subject = '', , body] = commit?.message.split('\n') ?? [];
  const merge = /^Merge pull request #(\d+) from (\S+)/.exec(subject);
  const squash = /^(.*) \(#(\d+)\)$/.exec(subject);
  const number = Number(merge?.[1] ?? squash?.[2]);
  if (commit === undefined || Number.isNaN(number)) return [];
  const name = fullName(repository.row);
  const url = `${world.endpoint()}/repos/${name}/pulls/${number}`;
  const login = loginOf(world.accounts, commit.author.email);
  return [
    {
      id: number,
      node_id: nodeId('PullRequest', number),
      number,
      state: 'closed',
      title: squash?.[1] ?? body ?? subject,
      url,
      html_url: `${world.endpoint()}/${name}/pull/${number}`,
      user: login === undefined ? null : presentUser(world.endpoint(), login),
      created_at: isoSeconds(commit.author.at),
      merged_at: isoSeconds(commit.committer.at),
      closed_at: isoSeconds(commit.committer.at),
      merge_commit_sha: sha,
      draft: false,
      labels: [],
      base: { ref: repository.row.defaultBranch, sha: commit.parents[0] ?? sha },
      head: { ref: merge?.[2]?.split('/').slice(1).join('/') ?? `pull-${number}`, sha: commit.parents[1] ?? sha },
    },
  ];
}
