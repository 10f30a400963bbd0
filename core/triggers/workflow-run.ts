import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { WorkflowRunEvent } from '../../contracts/events/github-workflow-run.ts';
import { isSameName } from '../../contracts/name-key.ts';
import type { WorkflowRunTrigger } from '../../contracts/trigger.ts';
import { executionName } from '../operation/execution-name.ts';
import { deployedBranch } from './deployed-branches.ts';

/** What the decision reads of the configuration. */
export interface TriggerConfiguration {
  readonly services: readonly Pick<Configuration['services'][number], 'name' | 'repository' | 'trigger'>[];
}

/** What decides whether a CI run counts: as a delivery says it, or as GitHub does. */
export interface RunFacts {
  /** `completed`, or how far it is. */
  readonly status: string;
  readonly conclusion: string | null;
  /** What started it: `push`, `pull_request`, `workflow_dispatch`… */
  readonly event: string;
  /** Null when the branch is gone. */
  readonly branch: string | null;
  /** Path of the workflow's file, without a ref. */
  readonly workflow: string | null;
  readonly repositoryId: number;
  /** Another one than `repositoryId` when the commit came from a fork; null when that is gone. */
  readonly headRepositoryId: number | null;
}

export type RunJudgement = { kind: 'counts' } | { kind: 'under-way' } | { kind: 'refused'; reason: string };

/**
 * Judges whether a CI run builds releases (DESIGN §5, triggers): ended with success, started by a push to a configured branch of the
 * repository itself (by id, since a fork may have any name) or by its merge queue, of the configured workflow (by path, since anybody can call a
 * workflow anything). The same for what a webhook delivers, for what GitHub then says of it, and for a version that a person names. That the
 * commit is on the branch is proven by its evidence.
 */
export function judgeRun(trigger: TriggerConfiguration['services'][number]['trigger'], run: RunFacts): RunJudgement {
  const refused = (reason: string): RunJudgement => ({ kind: 'refused', reason });
  if (run.status === 'completed' && run.conclusion !== 'success')
    return refused(`conclusion is ${run.conclusion ?? 'missing'}, not success`);
  const isQueued = run.event === 'merge_group';
  if (isQueued && !trigger.mergeQueue)
    return refused('the run was started by a merge queue (merge_group), and trigger.mergeQueue is not set');
  if (run.event !== 'push' && !isQueued)
    return refused(
      `the run was started by ${run.event}, not by a push${trigger.mergeQueue ? ' or a merge queue' : ''}`,
    );
  if (run.headRepositoryId !== run.repositoryId) return refused('the commit is from another repository (a fork)');
  if (run.workflow !== trigger.workflow)
    return refused(`workflow ${run.workflow ?? 'without a path'} builds no service`);
  const branch = deployedBranch(trigger, run.branch);
  // Only GitHub writes the branches of a merge queue: a push that has such a name is none of it, and the other way round.
  if (branch === null || (branch === 'queue') !== isQueued)
    return refused(`branch ${run.branch ?? 'unknown'} is not deployed`);
  return { kind: run.status === 'completed' ? 'counts' : 'under-way' };
}

export type WorkflowRunDecision =
  | { kind: 'start'; service: string; trigger: WorkflowRunTrigger; executionName: string }
  | { kind: 'ignore'; reason: string };

/**
 * Decides whether a delivery starts a deployment. It is a hint: `GatherEvidence` reads the run from GitHub and judges it again, and takes
 * from there who started it.
 */
export function decideWorkflowRun({ services }: TriggerConfiguration, event: WorkflowRunEvent): WorkflowRunDecision {
  const { action, repository, workflow_run: run } = event;
  const ignore = (reason: string): WorkflowRunDecision => ({ kind: 'ignore', reason });
  if (action !== 'completed') return ignore(`action is ${action}, not completed`);
  const known = services.filter((service) => isSameName(service.repository, repository.full_name));
  const facts: RunFacts = {
    status: 'completed',
    conclusion: run.conclusion ?? null,
    event: run.event,
    branch: run.head_branch ?? null,
    workflow: workflowPath(event),
    repositoryId: repository.id,
    headRepositoryId: run.head_repository?.id ?? null,
  };
  const judged = known.map((service) => ({ service, judgement: judgeRun(service.trigger, facts) }));
  const service = judged.find(({ judgement }) => judgement.kind === 'counts')?.service;
  if (service === undefined) {
    const nearest = judged.find((one) => one.service.trigger.workflow === facts.workflow) ?? judged[0];
    if (nearest?.judgement.kind !== 'refused') return ignore(`no service is built by ${repository.full_name}`);
    return ignore(nearest.judgement.reason);
  }
  return {
    kind: 'start',
    service: service.name,
    executionName: executionName('deploy', service.name, [repository.id, run.id, run.run_attempt]),
    trigger: {
      kind: 'workflow-run',
      service: service.name,
      repository: service.repository,
      repositoryId: repository.id,
      runId: run.id,
      runAttempt: run.run_attempt,
      commit: run.head_sha,
      branch: run.head_branch ?? service.trigger.branch,
      workflow: service.trigger.workflow,
      actor: run.triggering_actor?.login ?? run.actor?.login ?? null,
      runUrl: run.html_url,
      // Said by GitHub only, once the run is read back.
      type: 'standard',
      justification: null,
    },
  };
}

/** GitHub may append the ref: `.github/workflows/ci.yml@refs/heads/main`. */
const workflowPath = ({ workflow, workflow_run: run }: WorkflowRunEvent): string | null =>
  (run.path ?? workflow?.path)?.split('@', 1)[0] ?? null;
