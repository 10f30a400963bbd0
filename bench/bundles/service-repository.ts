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

/** GitHub's answer about the service's own repository; undefined when that is no question about it that is known here. */
export function readServiceRepository(path: string): object | undefined {
  const prefix = `/repos/${configuration.repository}/`;
  if (!path.startsWith(prefix)) return undefined;
  const [asked = ''] = path.slice(prefix.length).split('?');
  if (asked.startsWith('compare/')) {
    return { status: 'ahead', ahead_by: 1, behind_by: 0, total_commits: 1, commits: [row], html_url: '' };
  }
  // It was pushed without a pull request.
  if (asked === `commits/${sha}/pulls`) return [];
  if (asked === `actions/runs/${runId}/attempts/${runAttempt}`) return { actor: user, triggering_actor: user };
  return undefined;
}
