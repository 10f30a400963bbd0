import { commitOf, type Repository } from './github-store.ts';

/** The ids of all commits reachable from `head`, itself included. */
export function reachable(repository: Repository, head: string): Set<string> {
  const seen = new Set<string>();
  const waiting = [head];
  for (let sha = waiting.pop(); sha !== undefined; sha = waiting.pop()) {
    if (seen.has(sha)) continue;
    seen.add(sha);
    waiting.push(...(commitOf(repository, sha)?.parents ?? []));
  }
  return seen;
}

/** The commits in `shas`, newest first and never a parent before its child. */
export function newestFirst(repository: Repository, shas: ReadonlySet<string>): string[] {
  const commits = new Map([...shas].map((sha) => [sha, commitOf(repository, sha)]));
  const children = new Map<string, number>();
  for (const commit of commits.values()) {
    for (const parent of commit?.parents ?? []) children.set(parent, (children.get(parent) ?? 0) + 1);
  }
  const ready = [...shas].filter((sha) => !children.get(sha));
  const at = (sha: string): number => commits.get(sha)?.committer.at ?? 0;
  const ordered: string[] = [];
  while (ready.length > 0) {
    ready.sort((a, b) => at(a) - at(b));
    const sha = ready.pop();
    if (sha === undefined) break;
    ordered.push(sha);
    for (const parent of commits.get(sha)?.parents ?? []) {
      const left = (children.get(parent) ?? 1) - 1;
      children.set(parent, left);
      if (left === 0 && shas.has(parent)) ready.push(parent);
    }
  }
  return ordered;
}

/** Whether moving a branch from `from` to `to` loses nothing. */
export const isFastForward = (repository: Repository, from: string, to: string): boolean =>
  reachable(repository, to).has(from);

export interface Comparison {
  readonly status: 'ahead' | 'behind' | 'diverged' | 'identical';
  readonly aheadBy: number;
  readonly behindBy: number;
  readonly mergeBase: string;
  /** What `head` has and `base` has not, oldest first. */
  readonly commits: readonly string[];
}

/** Compares as GitHub does; undefined when the two have no common ancestor. */
export function compareCommits(repository: Repository, base: string, head: string): Comparison | undefined {
  const [ofBase, ofHead] = [reachable(repository, base), reachable(repository, head)];
  const ahead = new Set([...ofHead].filter((sha) => !ofBase.has(sha)));
  const behind = [...ofBase].filter((sha) => !ofHead.has(sha));
  const common = new Set([...ofHead].filter((sha) => ofBase.has(sha)));
  const [mergeBase] = newestFirst(repository, common);
  if (mergeBase === undefined) return undefined;
  const status = base === head ? 'identical' : ahead.size === 0 ? 'behind' : behind.length === 0 ? 'ahead' : 'diverged';
  const commits = newestFirst(repository, ahead).reverse();
  return { status, aheadBy: ahead.size, behindBy: behind.length, mergeBase, commits };
}

/**
 * The commit that a branch, tag, full ref or (abbreviated, from 7 digits) id names, if there is exactly one.
 * A branch wins over a tag of the same name.
 */
export function resolveCommit(repository: Repository, name: string): string | undefined {
  const plain = name.replace(/^refs\//, '');
  const ref = repository.refs.get(plain) ?? repository.refs.get(`heads/${name}`) ?? repository.refs.get(`tags/${name}`);
  if (ref !== undefined) return ref;
  if (/^[0-9a-f]{40}$/.test(name)) return commitOf(repository, name) && name;
  if (!/^[0-9a-f]{7,39}$/.test(name)) return undefined;
  const matching = [...repository.objects].filter(([sha, object]) => object.type === 'commit' && sha.startsWith(name));
  return matching.length === 1 ? matching[0]?.[0] : undefined;
}
