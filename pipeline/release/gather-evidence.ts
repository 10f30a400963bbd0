import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { type DeploymentTrigger, deploymentTriggerSchema } from '../../contracts/trigger.ts';
import { note, sluice } from '../operation/audited.ts';
import { findService, timestamp } from '../operation/operation-context.ts';
import { registerOperation } from '../operation/register-operation.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectEvidence } from './collect-evidence.ts';

/** Registers the operation and stores what is known of its release. What cannot be found refuses it, in words. */
export async function gatherEvidence(
  deps: ReleaseDeps,
  command: { execution: Execution; service: string; trigger: unknown },
): Promise<ResultOf<'gather-evidence'>> {
  const { execution } = command;
  const service = findService(deps.configuration, command.service);
  const trigger = deploymentTriggerSchema.parse(command.trigger);
  const operation = await registerOperation(deps, { execution, service, trigger, kind: 'deployment' });
  await deps.store.operations.enter(operation.id, 'gathering-evidence', timestamp(deps));
  const refuse = (reason: string): ResultOf<'gather-evidence'> => ({
    outcome: 'refused',
    operation: operation.id,
    ending: 'failed-validation',
    reason,
  });

  const found = await findRun(deps, service, trigger);
  if (found.kind === 'missing') return refuse(found.reason);
  const { run } = found;
  const collected = await collectEvidence(deps, service, run);
  if (collected.kind === 'unusable') return refuse(collected.reason);
  const { release, evidence } = collected;
  await deps.store.releases.put(service.name, release, evidence);
  await deps.store.operations.update(operation.id, {
    release: { version: release.version, commit: release.commit, digest: release.digest },
  });
  await note(deps, {
    operation: operation.id,
    action: 'gather-evidence',
    actor: sluice,
    details: { version: release.version, commit: release.commit, digest: release.digest, run: run.url },
  });
  return { outcome: 'gathered', operation: operation.id };
}

type FoundRun = { kind: 'found'; run: WorkflowRun } | { kind: 'missing'; reason: string };

async function findRun(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  trigger: DeploymentTrigger,
): Promise<FoundRun> {
  if (trigger.kind === 'workflow-run') {
    const run = await deps.source.workflowRun(service.repository, trigger.runId, trigger.runAttempt);
    if (run === null) {
      return {
        kind: 'missing',
        reason: `${service.repository} has no workflow run ${trigger.runId}, attempt ${trigger.runAttempt}.`,
      };
    }
    if (run.commit !== trigger.commit) {
      return {
        kind: 'missing',
        reason: `Run ${run.id} built commit ${run.commit}, not ${trigger.commit} as delivered.`,
      };
    }
    return { kind: 'found', run };
  }
  const wanted = { repository: service.repository, version: trigger.version, ...service.trigger };
  const answer = await deps.source.findRunForVersion(wanted);
  switch (answer.kind) {
    case 'found':
      return { kind: 'found', run: answer.run };
    case 'no-tag':
      return { kind: 'missing', reason: `${service.repository} has no tag ${trigger.version}.` };
    case 'no-run':
      return {
        kind: 'missing',
        reason: `No successful run of ${service.trigger.workflow} on ${service.trigger.branch} built ${trigger.version} (commit ${answer.commit}).`,
      };
  }
}
