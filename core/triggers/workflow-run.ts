import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { WorkflowRunEvent } from '../../contracts/events/github-workflow-run.ts';
import { isSameName } from '../../contracts/name-key.ts';
import type { WorkflowRunTrigger } from '../../contracts/trigger.ts';
import { executionName } from '../operation/execution-name.ts';

/** What the decision reads of the configuration. */
export interface TriggerConfiguration {
  readonly services: readonly Pick<Configuration['services'][number], 'name' | 'repository' | 'trigger'>[];
}

export type WorkflowRunDecision =
  | { kind: 'start'; service: string; trigger: WorkflowRunTrigger; executionName: string }
  | { kind: 'ignore'; reason: string };

/**
 * Decides whether a CI run starts a deployment (DESIGN §5, triggers): completed with success, started by a push to the
 * configured branch of the repository itself (by id, since a fork may have any name), of the configured workflow (by path,
 * since anybody can call a workflow anything). That the commit is on the branch is checked against GitHub later.
 */
export function decideWorkflowRun({ services }: TriggerConfiguration, event: WorkflowRunEvent): WorkflowRunDecision {
  const { action, repository, workflow_run: run } = event;
  const ignore = (reason: string): WorkflowRunDecision => ({ kind: 'ignore', reason });
  if (action !== 'completed') return ignore(`action is ${action}, not completed`);
  const known = services.filter((service) => isSameName(service.repository, repository.full_name));
  if (known.length === 0) return ignore(`no service is built by ${repository.full_name}`);
  if (run.conclusion !== 'success') return ignore(`conclusion is ${run.conclusion ?? 'missing'}, not success`);
  if (run.event !== 'push') return ignore(`the run was started by ${run.event}, not by a push`);
  if (run.head_repository?.id !== repository.id) return ignore('the commit is of another repository (a fork)');
  const path = workflowPath(event);
  const built = known.filter(({ trigger }) => trigger.workflow === path);
  if (built.length === 0) return ignore(`workflow ${path ?? 'without a path'} builds no service`);
  const service = built.find(({ trigger }) => trigger.branch === run.head_branch);
  if (!service) return ignore(`branch ${run.head_branch ?? 'unknown'} is not deployed`);
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
      branch: service.trigger.branch,
      workflow: service.trigger.workflow,
      actor: run.triggering_actor?.login ?? run.actor?.login ?? null,
      runUrl: run.html_url,
    },
  };
}

/** GitHub may append the ref: `.github/workflows/ci.yml@refs/heads/main`. */
const workflowPath = ({ workflow, workflow_run: run }: WorkflowRunEvent): string | null =>
  (run.path ?? workflow?.path)?.split('@', 1)[0] ?? null;
