import type { GitHubStore, Repository } from './github-store.ts';
import type { Account } from './present-repository.ts';
import { type Call, notFound } from './router.ts';
import type { RunRow } from './rows.ts';

/** What every route needs. */
export interface World {
  readonly store: GitHubStore;
  readonly accounts: readonly Account[];
  /** Base URL of the API, without a slash at its end. */
  endpoint(): string;
  /** Called when a branch has a new head, before the answer to the push. */
  onPush(repository: Repository, branch: string, sha: string, pusher: string): Promise<void>;
  /** Runs CI again as the next attempt of a run. */
  onRerun(repository: Repository, run: RunRow, actor: string): Promise<void>;
}

/** The repository that a call's path names. @throws GitHubError 404 */
export function repositoryOf(world: World, call: Call): Repository {
  const found = world.store.repositories.get(`${call.params.owner}/${call.params.repo}`);
  if (found === undefined) throw notFound();
  return found;
}

/** A number in the path. @throws GitHubError 404 */
export function idOf(call: Call, name: string): number {
  const id = Number(call.params[name]);
  if (!Number.isSafeInteger(id)) throw notFound();
  return id;
}

/** Whether a query parameter is absent or equal to `value`. */
export const matches = (call: Call, name: string, value: string | null): boolean => {
  const wanted = call.query.get(name);
  return wanted === null || wanted === '' || wanted === value;
};
