import type { Endpoints } from '@octokit/types';
import { type CheckConclusion, checkConclusionSchema } from '../../contracts/evidence.ts';
import { everyPage, type GitHub, orNull, ownerAndName } from '../shared/github.ts';
import type { SourceControl, WorkflowRun } from './source-control.ts';

type RunRow = Endpoints['GET /repos/{owner}/{repo}/actions/runs/{run_id}']['response']['data'];

/** What CI did: runs of workflows and their jobs. */
export function createRunReader(github: GitHub): Pick<SourceControl, 'workflowRun' | 'runsOfCommit' | 'jobs'> {
  return {
    workflowRun: (repository, runId, attempt, options = {}) =>
      github.call({ ...options, attempted: `read run ${runId}`, retry: 'safe' }, async (octokit, request) => {
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

    runsOfCommit: (repository, sha, options = {}) =>
      github.call({ ...options, attempted: `list runs of ${sha}`, retry: 'safe' }, async (octokit, request) => {
        const rows = await everyPage(`the runs of ${sha}`, async (page) => {
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs', {
            ...ownerAndName(repository),
            head_sha: sha,
            ...page,
            request,
          });
          return data.workflow_runs;
        });
        return rows
          .map(toWorkflowRun)
          .filter(({ commit }) => commit === sha)
          .sort((a, b) => b.id - a.id);
      }),

    jobs: (repository, runId, options = {}) =>
      github.call({ ...options, attempted: `list jobs of run ${runId}`, retry: 'safe' }, async (octokit, request) => {
        const rows = await everyPage(`the jobs of run ${runId}`, async (page) => {
          const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', {
            ...ownerAndName(repository),
            run_id: runId,
            filter: 'latest',
            ...page,
            request,
          });
          return data.jobs;
        });
        return rows.map((row) => ({ name: row.name, conclusion: conclusionOf(row), url: row.html_url }));
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
    conclusion: conclusionOf(row),
    url: row.html_url,
    actor: row.actor?.login ?? null,
    triggeringActor: row.triggering_actor?.login ?? null,
    repositoryId: Number(row.repository.id),
    headRepositoryId: row.head_repository ? Number(row.head_repository.id) : null,
  };
}

/** Null while it is under way. A conclusion that GitHub may invent one day is no success, and nothing to wait for. */
function conclusionOf({ status, conclusion }: { status: string | null; conclusion: string | null }): CheckConclusion {
  if (status !== 'completed') return null;
  return checkConclusionSchema.unwrap().safeParse(conclusion).data ?? 'failure';
}
