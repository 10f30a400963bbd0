import type { Endpoints } from '@octokit/types';
import { checkConclusionSchema } from '../../contracts/evidence.ts';
import { type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import type { CheckRun, SourceControl, WorkflowRun } from './source-control.ts';

type RunRow = Endpoints['GET /repos/{owner}/{repo}/actions/runs/{run_id}']['response']['data'];
type CheckRow =
  Endpoints['GET /repos/{owner}/{repo}/commits/{ref}/check-runs']['response']['data']['check_runs'][number];

/** Most pages of 100 check runs that are read; a commit with more is nobody's. */
const mostPages = 10;

/** What CI did: runs of workflows and check runs. */
export function createRunReader(
  github: GitHub,
): Pick<SourceControl, 'workflowRun' | 'checkRuns' | 'findRunForVersion'> {
  return {
    workflowRun: (repository, runId, attempt, options = {}) =>
      github.call({ ...options, attempted: `read run ${runId}`, kind: 'read' }, async (octokit, request) => {
        const at = { ...ownerAndName(repository), run_id: runId, request };
        const found = await orNull(
          attempt === undefined
            ? octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', at)
            : octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}', {
                ...at,
                attempt_number: attempt,
              }),
        );
        return found === null ? null : toWorkflowRun(found.data);
      }),

    checkRuns: (repository, sha, options = {}) =>
      github.call({ ...options, attempted: `list check runs of ${sha}`, kind: 'read' }, async (octokit, request) => {
        const rows: CheckRow[] = [];
        for (let page = 1; page <= mostPages; page += 1) {
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
            ...ownerAndName(repository),
            ref: sha,
            filter: 'latest',
            per_page: 100,
            page,
            request,
          });
          rows.push(...data.check_runs);
          if (data.check_runs.length < 100) break;
        }
        return newestPerName(rows);
      }),

    findRunForVersion: ({ repository, version, workflow, branch }, options = {}) =>
      github.call({ ...options, attempted: `find the run of ${version}`, kind: 'read' }, async (octokit, request) => {
        const at = { ...ownerAndName(repository), request };
        const tag = await orNull(
          octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...at, ref: `tags/${version}` }),
        );
        if (tag === null) return { kind: 'no-tag' } as const;
        const target = tag.data.object;
        const commit =
          target.type === 'tag'
            ? (await octokit.request('GET /repos/{owner}/{repo}/git/tags/{tag_sha}', { ...at, tag_sha: target.sha }))
                .data.object.sha
            : target.sha;
        const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs', {
          ...at,
          head_sha: commit,
          branch,
          event: 'push',
          status: 'success',
          per_page: 100,
        });
        const runs = data.workflow_runs
          .map(toWorkflowRun)
          .filter(
            (run) =>
              run.workflow === workflow &&
              run.commit === commit &&
              run.branch === branch &&
              run.event === 'push' &&
              run.conclusion === 'success' &&
              run.headRepositoryId === run.repositoryId,
          )
          .sort((a, b) => b.id - a.id);
        const [run] = runs;
        return run === undefined ? ({ kind: 'no-run', commit } as const) : ({ kind: 'found', run, commit } as const);
      }),
  };
}

function toWorkflowRun(row: RunRow): WorkflowRun {
  return {
    id: Number(row.id),
    attempt: row.run_attempt ?? 1,
    commit: row.head_sha,
    branch: row.head_branch,
    event: row.event,
    workflow: row.path.split('@', 1)[0] ?? '',
    status: row.status ?? 'queued',
    conclusion: toConclusion(row.conclusion),
    url: row.html_url,
    actor: row.triggering_actor?.login ?? row.actor?.login ?? null,
    repositoryId: Number(row.repository.id),
    headRepositoryId: row.head_repository ? Number(row.head_repository.id) : null,
  };
}

/** A conclusion that GitHub may invent one day counts as not concluded, which passes no check. */
function toConclusion(conclusion: string | null) {
  return checkConclusionSchema.safeParse(conclusion).data ?? null;
}

/** A check that was repeated has a run per repetition: the newest of each name, in the order of their names. */
export function newestPerName(rows: readonly Pick<CheckRow, 'id' | 'name' | 'conclusion' | 'html_url'>[]): CheckRun[] {
  const newest = new Map<string, (typeof rows)[number]>();
  for (const row of rows) if ((newest.get(row.name)?.id ?? -1) < row.id) newest.set(row.name, row);
  return [...newest.values()]
    .map(({ name, conclusion, html_url }) => ({ name, conclusion: toConclusion(conclusion), url: html_url }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
