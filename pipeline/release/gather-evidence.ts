import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { shortLine } from '../../contracts/one-line.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import { identityOf } from '../../contracts/release.ts';
import type { ResultOf } from '../../contracts/results.ts';
import {
  type DeploymentTrigger,
  deploymentTriggerSchema,
  deploymentTypeOf,
  isHotfix,
  type WorkflowRunTrigger,
} from '../../contracts/trigger.ts';
import { personByGithub } from '../../core/approvals/people.ts';
import { roleMissing } from '../../core/approvals/permissions.ts';
import { identityChanged } from '../../core/release/identity.ts';
import { validateRelease } from '../../core/release/validate.ts';
import { deployedBranch } from '../../core/triggers/deployed-branches.ts';
import { note, sluice } from '../operation/audited.ts';
import { findService, timestamp } from '../operation/operation-context.ts';
import { registerOperation } from '../operation/register-operation.ts';
import type { ReleaseDeps } from '../ports.ts';
import { awaitEvidence } from './await-evidence.ts';
import { collectEvidence } from './collect-evidence.ts';
import { compareWithCandidates, readCandidates } from './compare-with-candidates.ts';
import { findRun, versionRefusal } from './find-run.ts';

/**
 * Registers the operation and stores what is known of its release: the first time for good, later only newer evidence (I3). What
 * cannot be found, does not count or has become another release refuses it, in words.
 */
export async function gatherEvidence(
  deps: ReleaseDeps,
  command: { execution: Execution; service: string; trigger: unknown },
): Promise<ResultOf<'gather-evidence'>> {
  const { execution } = command;
  const service = findService(deps.configuration, command.service);
  const hint = deploymentTriggerSchema.parse(command.trigger);
  // Read before the operation is registered: who started the run is known from GitHub only.
  const found = await findRun(deps, service, hint);
  const trigger = await readBack(deps, service, hint, found.run);
  const operation = await registerOperation(deps, { execution, service, trigger, kind: 'deployment' });
  if (operation.evidenceAwaitedSince === null)
    await deps.store.operations.enter(operation.id, 'gathering-evidence', timestamp(deps));
  const isObserved = operation.kind === 'observation';
  const refuse = (reason: Reason, ending: Refusal['ending'] = 'failed-validation'): Refusal => ({
    outcome: 'refused',
    operation: operation.id,
    ending: isObserved && ending === 'failed-validation' ? 'would-refuse' : ending,
    reason,
  });
  const wait = async (awaited: readonly string[]): Promise<ResultOf<'gather-evidence'>> => {
    const answer = await awaitEvidence(deps, service, operation, awaited);
    if (answer.kind === 'over') return refuse(answer.reason);
    return { outcome: 'waiting', operation: operation.id, waitSeconds: answer.waitSeconds };
  };

  if (operation.abort) return refuse(because('Aborted', operation.abort.reason), 'aborted');
  if (found.kind === 'refused') return refuse(found.reason);
  const { run } = found;
  const collected = await collectEvidence(deps, service, run);
  if (collected.kind === 'unusable') {
    return run.conclusion === null
      ? wait(['CI run: has not finished.'])
      : refuse(because('ReleaseUnknown', collected.reason));
  }
  const { release, evidence } = collected;
  const notAllowed =
    trigger.kind === 'workflow-run' && isHotfix(trigger) ? mayNotStart(deps, trigger, release.version) : null;
  if (notAllowed !== null) return refuse(notAllowed);
  const wanted = trigger.kind === 'person' ? trigger.version : null;
  const notOf = versionRefusal(service, wanted, { ...release, runId: run.id });
  if (notOf !== null) return refuse(notOf);
  const changed = operation.release === null ? null : identityChanged(operation.release, release);
  if (changed !== null) return refuse(changed);
  const stored = await deps.store.releases.put(service.name, release, evidence);
  if (stored.kind === 'contradicted') return refuse(stored.reason);
  if (operation.release === null) {
    const committedAt = formatInstant(release.committedAt);
    await deps.store.operations.update(operation.id, { release: identityOf(release), committedAt });
  }
  if (operation.evidenceAwaitedSince === null) {
    await note(deps, {
      operation: operation.id,
      action: 'gather-evidence',
      actor: sluice,
      details: { ...identityOf(release), run: run.url, actors: evidence.actors },
    });
  }
  const judged = validateRelease(evidence, service.validation, release);
  if (judged.kind !== 'waiting' && !isObserved) return { outcome: 'gathered', operation: operation.id };
  const at = timestamp(deps);
  await deps.store.operations.update(operation.id, { checks: judged.checks.map((check) => ({ ...check, at })) });
  if (judged.kind === 'failed') return refuse(because('ValidationFailed', judged.problems.join(' ')));
  if (judged.kind !== 'waiting') {
    await deps.store.operations.update(operation.id, { evidenceAwaitedSince: null, evidenceAwaited: [] });
    return { outcome: 'observed', operation: operation.id };
  }
  if (isObserved) return wait(judged.awaited);
  // It takes nobody's place before it is proven, and does not wait where that cannot help it any more.
  const mine = { ...release, operation: operation.id, type: deploymentTypeOf(operation.trigger) };
  const { refusal } = await compareWithCandidates(deps, service, await readCandidates(deps, service.name), mine);
  return refusal === null ? wait(judged.awaited) : refuse(refusal, 'superseded');
}

type Refusal = Extract<ResultOf<'gather-evidence'>, { outcome: 'refused' }>;

/** A webhook's trigger with what GitHub says of its run; a run that is not there was started by nobody known. */
async function readBack(
  { source }: ReleaseDeps,
  { repository, trigger }: ServiceConfiguration,
  hint: DeploymentTrigger,
  run: WorkflowRun | null,
): Promise<DeploymentTrigger> {
  if (hint.kind !== 'workflow-run') return hint;
  const said = { ...hint, type: 'standard', justification: null } as const;
  if (run === null) return { ...said, actor: null };
  const { repositoryId, branch, workflow, url: runUrl } = run;
  const actor = run.triggeringActor ?? run.actor;
  const read = { ...said, repositoryId, branch: branch ?? hint.branch, workflow, actor, runUrl };
  if (deployedBranch(trigger, branch) !== 'hotfix') return read;
  const [subject = ''] = (await source.commit(repository, run.commit))?.message.split('\n', 1) ?? [];
  return { ...read, type: 'hotfix', justification: shortLine(subject, 200) || `built on ${read.branch}` };
}

/**
 * Why a run on a hotfix branch starts none; null when it does. It takes what a person needs for that (I13): whoever may push there could pass windows
 * and approvals otherwise.
 */
function mayNotStart(
  { configuration }: ReleaseDeps,
  { actor, branch, service }: WorkflowRunTrigger,
  version: string,
): Reason | null {
  const person = actor === null ? null : personByGithub(configuration.people, actor);
  const role = roleMissing(configuration, person?.mail ?? null, 'hotfix');
  if (role === null) return null;
  const who = actor ?? 'Nobody known';
  const why = `${who} started the run on ${branch}, and may not call a deployment a hotfix: that needs the role ${role} of sluice.yaml.`;
  const how = `Let somebody with that role run it again on GitHub, or start it: sluice deploy --service ${service} --version ${version} --type hotfix --justification "…"`;
  return because('NotAllowed', why, how);
}
