import { commitOf, fullName, type Repository } from './github-store.ts';
import { newestFirst, reachable } from './history.ts';
import { isoSeconds } from './present-commit.ts';
import { loginOf, nodeId, presentUser } from './present-repository.ts';
import type { World } from './world.ts';

/** A merged pull request, as the commit tells with which it came in. */
interface Merged {
  readonly number: number;
  /** The commit that the merge made. */
  readonly sha: string;
  readonly title: string;
  /** Null for a squash. */
  readonly branch: string | null;
}

/**
 * The merged pull requests that a commit came from: `title (#12)` of a squash, or `Merge pull request #12 from …` and what that merged.
 * The sandbox keeps no pull requests of their own.
 */
export function pullRequestsOf(world: World, repository: Repository, sha: string) {
  return mergedOf(repository)
    .filter((one) => one.sha === sha || commitsOf(repository, one).includes(sha))
    .map((one) => present(world, repository, one));
}

/** One pull request, which says as well who merged it. */
export function pullRequestNumbered(world: World, repository: Repository, number: number) {
  const found = mergedOf(repository).find((one) => one.number === number);
  if (found === undefined) return undefined;
  const commit = commitOf(repository, found.sha);
  const who = found.branch === null ? commit?.committer : commit?.author;
  const login = who === undefined ? undefined : loginOf(world.accounts, who.email);
  const merger = login === undefined ? null : presentUser(world.endpoint(), login);
  return { ...present(world, repository, found), merged: true, merged_by: merger };
}

/** The commits of a pull request, oldest first; of a squash the one that it became. */
export function commitsOfPull(repository: Repository, number: number): string[] | undefined {
  const found = mergedOf(repository).find((one) => one.number === number);
  return found === undefined ? undefined : commitsOf(repository, found);
}

function commitsOf(repository: Repository, { sha, branch }: Merged): string[] {
  const [base, head] = commitOf(repository, sha)?.parents ?? [];
  if (branch === null || base === undefined || head === undefined) return [sha];
  const before = reachable(repository, base);
  const inside = new Set([...reachable(repository, head)].filter((one) => !before.has(one)));
  return newestFirst(repository, inside).reverse();
}

function mergedOf(repository: Repository): Merged[] {
  const head = repository.refs.get(`heads/${repository.row.defaultBranch}`);
  if (head === undefined) return [];
  return [...reachable(repository, head)].flatMap((sha) => {
    const [subject = '', , body] = commitOf(repository, sha)?.message.split('\n') ?? [];
    const merge = /^Merge pull request #(\d+) from (\S+)/.exec(subject);
    const squash = /^(.*) \(#(\d+)\)$/.exec(subject);
    const number = Number(merge?.[1] ?? squash?.[2]);
    if (Number.isNaN(number)) return [];
    return [{ number, sha, title: squash?.[1] ?? body ?? subject, branch: merge?.[2] ?? null }];
  });
}

function present(world: World, repository: Repository, { number, sha, title, branch }: Merged) {
  const commit = commitOf(repository, sha);
  const [base, second] = commit?.parents ?? [];
  const opener = commitOf(repository, branch === null ? sha : (second ?? sha))?.author;
  const login = opener === undefined ? undefined : loginOf(world.accounts, opener.email);
  const name = fullName(repository.row);
  return {
    id: number,
    node_id: nodeId('PullRequest', number),
    number,
    state: 'closed',
    title,
    body: null,
    url: `${world.endpoint()}/repos/${name}/pulls/${number}`,
    html_url: `${world.endpoint()}/${name}/pull/${number}`,
    user: login === undefined ? null : presentUser(world.endpoint(), login),
    created_at: isoSeconds(opener?.at ?? 0),
    merged_at: isoSeconds(commit?.committer.at ?? 0),
    closed_at: isoSeconds(commit?.committer.at ?? 0),
    merge_commit_sha: sha,
    draft: false,
    labels: [],
    base: { ref: repository.row.defaultBranch, sha: base ?? sha },
    head: { ref: branch?.split('/').slice(1).join('/') ?? `pull-${number}`, sha: second ?? sha },
  };
}
