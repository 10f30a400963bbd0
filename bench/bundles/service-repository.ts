import { configuration, releases, startedAt } from './deployment.ts';

const { version, commit: sha, author: login, runId, runAttempt } = releases.green;
const user = { login };
const signature = { name: login, email: `${login}@example.com`, date: startedAt };

/** The one commit that the new release brings. */
export const newCommit = { sha, subject: `feat: what ${version} brings`, author: login };

const row = {
  sha,
  commit: { author: signature, committer: signature, message: newCommit.subject },
  author: user,
  committer: user,
};

const { repository, trigger } = configuration;
const run = {
  ...{ id: runId, run_attempt: runAttempt, head_sha: sha, head_branch: trigger.branch, event: 'push' },
  ...{ path: trigger.workflow, status: 'completed', conclusion: 'success', actor: user, triggering_actor: user },
  html_url: `https://github.com/${repository}/actions/runs/${runId}`,
  ...{ repository: { id: 99 }, head_repository: { id: 99 } },
};

/** GitHub's answer about the service's own repository; undefined when that is no question about it that is known here. */
export function readServiceRepository(path: string): object | undefined {
  const prefix = `/repos/${repository}/`;
  if (!path.startsWith(prefix)) return undefined;
  const [asked = ''] = path.slice(prefix.length).split('?');
  if (asked.startsWith('compare/')) {
    return { status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1, commits: [row], html_url: '' };
  }
  // It was pushed without a pull request.
  if (asked === `commits/${sha}/pulls`) return [];
  if (asked === `actions/runs/${runId}/attempts/${runAttempt}`) return { actor: user, triggering_actor: user };
  if (asked === `git/ref/tags%2F${version}`) return { object: { type: 'commit', sha } };
  if (asked === 'actions/runs') return { total_count: 1, workflow_runs: [run] };
  // Its archive is gone by now: a plan says so.
  if (asked === `actions/runs/${runId}/artifacts`) return { total_count: 0, artifacts: [] };
  return undefined;
}
