import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { because, type Reason, reasonOr } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { type DeploymentType, deploymentTypeOf } from '../../contracts/trigger.ts';
import type { BesideLiveDecision } from '../../core/release/beside-live.ts';
import { shutGate } from '../../core/release/gates.ts';
import { identityChanged } from '../../core/release/identity.ts';
import { type Validation, validateRelease } from '../../core/release/validate.ts';
import { operationWindow } from '../../core/windows/operation-window.ts';
import { noteContributors } from '../approval/contributors.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import { wakeApproval } from '../operation/wake.ts';
import type { ReleaseDeps } from '../ports.ts';
import { mergeChecks } from '../standby/merge-checks.ts';
import { adoptLive } from './adopt-live.ts';
import { awaitEvidence } from './await-evidence.ts';
import { type Candidates, carriedByHolder, compareWithCandidates, readCandidates } from './compare-with-candidates.ts';
import { compareWithLive } from './compare-with-live.ts';
import { gatherChanges } from './gather-changes.ts';
import { judgeModelBesideLive } from './judge-model.ts';
import { lookAtBranch } from './look-at-branch.ts';
import { judgePerformance } from './measure-performance.ts';

type Refusal = Extract<ResultOf<'validate'>, { outcome: 'refused' }>;

/** Judges the evidence (I3, I6) and decides who is newest: ahead in Git of the live release and of the other candidate. */
export async function validate(deps: ReleaseDeps, execution: Execution): Promise<ResultOf<'validate'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'validating', timestamp(deps));
  const refuse = async (ending: Refusal['ending'], reason: Reason): Promise<Refusal> => {
    await note(deps, { operation: operation.id, action: 'validate', actor: sluice, reason, details: { ending } });
    return { outcome: 'refused', ending, reason };
  };
  const { release } = operation;
  if (operation.abort) return refuse('aborted', because('Aborted', operation.abort.reason));
  if (release === null) return refuse('failed-validation', because('StateMissing', 'The operation has no release.'));
  const [known, holds, frozen] = await Promise.all([
    deps.store.releases.read(service.name, release.digest),
    deps.store.releases.holds(service.name),
    deps.store.releases.frozen(service.name),
  ]);
  const shut = shutGate({
    service,
    version: release.version,
    frozen,
    hold: holds.find(({ digest }) => digest === release.digest) ?? null,
    window: operationWindow(operation, service.windows, deps.now()),
  });
  if (shut !== null) return refuse(shut.ending, shut.reason);
  if (known === null)
    return refuse('failed-validation', because('StateMissing', `Sluice knows nothing about ${release.version}.`));

  const changed = identityChanged(release, known.release);
  if (changed !== null) return refuse('failed-validation', changed);

  const judged = validateRelease(known.evidence, service.validation, known.release, [
    ...(await judgeModelBesideLive(deps.store, service, known, operation.live)),
    ...judgePerformance(service, operation.measured),
  ]);
  // What was seen of the live release before stays beside it.
  const checks = mergeChecks(operation.checks, checksOf(judged, timestamp(deps)));
  await deps.store.operations.update(operation.id, { checks });
  if (judged.kind === 'failed')
    return refuse(
      'failed-validation',
      reasonOr('ValidationFailed', judged.problems.map((one) => because('ValidationFailed', one)).join(' ')),
    );
  if (judged.kind === 'waiting') {
    // Another operation has gathered newer evidence of the same release in between.
    const wait = await awaitEvidence(deps, service, operation, judged.awaited);
    if (wait.kind === 'over') return refuse('failed-validation', wait.reason);
    return { outcome: 'waiting', waitSeconds: wait.waitSeconds };
  }

  await adoptLive(deps, service, operation);
  const live = await refusalBesideLive(deps, service, operation, release);
  if (live !== null) return refuse(live.ending, live.reason);
  const { holder } = await deps.store.locks.read(service.name);
  const atWork = holder === null || holder === operation.id ? null : await deps.store.operations.read(holder);
  const carried = carriedByHolder(release, atWork);
  if (carried !== null) return refuse('superseded', carried);
  const { refusal: foreign, onto, branch } = await lookAtBranch(deps, service, operation, release);
  if (foreign !== null) return refuse('failed-validation', foreign);
  const newest = await becomeCandidate(deps, service, operation, release);
  if (newest !== null) return refuse('superseded', newest);
  const { refusal: unread, ...took } = await noteContributors(deps, service, operation, { release, branch });
  if (unread !== null) return refuse('failed-validation', unread);
  await gatherChanges(deps, service, { operation, release: known.release, ...took, onto });

  await deps.store.operations.update(operation.id, { evidenceAwaitedSince: null, evidenceAwaited: [] });
  await deps.store.releases.mark(service.name, release.digest, {
    validatedAt: timestamp(deps),
    ...(operation.measured === null ? {} : { measured: operation.measured.release }),
  });
  await note(deps, {
    operation: operation.id,
    action: 'validate',
    actor: sluice,
    reason: 'Every required proof is there.',
  });
  return { outcome: 'passed' };
}

const checksOf = ({ checks }: Validation, at: string) => checks.map((check) => ({ ...check, at }));

/** Why the release may not take the place of what is live; null when it may. Where only a person says that what is live is older, that is noted. */
async function refusalBesideLive(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  release: ReleaseReference,
): Promise<Extract<BesideLiveDecision, { kind: 'refused' }> | null> {
  const { id, live, trigger, actor } = operation;
  const declared = trigger.kind === 'person' && trigger.wants === 'deployment' ? (trigger.liveIsOlder ?? null) : null;
  const { decision, order } = await compareWithLive(deps, service, { release, live, declared });
  if (decision.kind === 'refused') return decision;
  if (decision.kind === 'goes-ahead' || declared === null) return null;
  const details = { live, release, order };
  await note(deps, { operation: id, action: 'live-counts-as-older', actor, reason: declared, details });
  return null;
}

/** Takes its place among those that wait, if nothing newer is there. Null when it did; else why not. */
async function becomeCandidate(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  release: ReleaseReference,
): Promise<Reason | null> {
  const mine: Candidate = {
    operation: operation.id,
    version: release.version,
    commit: release.commit,
    at: timestamp(deps),
    type: deploymentTypeOf(operation.trigger),
  };
  for (let attempt = 0; attempt < 10; attempt++) {
    const seen = await readCandidates(deps, service.name);
    if (seen[mine.type]?.operation === operation.id) return null;
    const { refusal, supersedes, takes } = await compareWithCandidates(deps, service, seen, mine);
    if (refusal !== null) return refusal;
    if (!(await takePlaces(deps, service.name, { takes, seen, mine }))) continue;
    for (const older of supersedes) await supersede(deps, older, mine);
    return null;
  }
  return because('Superseded', 'Other releases of this service keep taking the candidate\u2019s place.');
}

/** Whether it took each of them, before anybody else did. Its own place is the last: until it has that, it tries again. */
async function takePlaces(
  { store }: ReleaseDeps,
  service: string,
  { takes, seen, mine }: { takes: readonly DeploymentType[]; seen: Candidates; mine: Candidate },
): Promise<boolean> {
  for (const place of takes) {
    if (seen[place]?.operation === mine.operation) continue;
    if ((await store.candidates.replace(service, place, seen[place], mine)) === 'changed') return false;
  }
  return true;
}

async function supersede(deps: ReleaseDeps, older: Candidate, newer: Candidate): Promise<void> {
  const by = `${newer.version} (operation ${newer.operation})`;
  await note(deps, { operation: older.operation, action: 'superseded', actor: sluice, reason: `Superseded by ${by}.` });
  await deps.store.approvals.change(older.operation, (record) =>
    record.supersededBy === null ? { ...record, supersededBy: by } : null,
  );
  await wakeApproval(deps, older.operation);
}
