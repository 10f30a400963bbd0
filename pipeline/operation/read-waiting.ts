import type { OperationWaiting } from '../../contracts/api/operation.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { pausersOf } from '../../core/alerts/known-alerts.ts';
import { type WaitingFacts, waitingOf } from '../../core/operation/waiting.ts';
import { approvalProgress } from '../approval/approval-progress.ts';
import type { CommonDeps } from '../ports.ts';

/**
 * What an operation waits for, in words. Asks for no more than its state needs.
 *
 * @param lock of the service, where it is known already.
 */
export async function readWaiting(
  { store, now, configuration }: CommonDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  lock?: WaitingFacts['lock'],
): Promise<OperationWaiting | null> {
  const { id, outcome, state, release, pausedBecause } = operation;
  if (outcome !== null) return null;
  const { pausedAt } = operation;
  const [approval, held, known, alerts] = await Promise.all([
    state === 'awaiting-approval' ? store.approvals.read(id) : null,
    state === 'awaiting-lock' ? (lock ?? readLock(store, service.name)) : { holder: null, kind: null },
    pausedBecause !== null && release !== null ? store.releases.read(service.name, release.digest) : null,
    pausedAt === null ? [] : store.alerts.list(service.name),
  ]);
  return waitingOf(operation, {
    service,
    approval: approval === null ? null : approvalProgress(configuration, approval, now()),
    lock: held,
    reversible: operation.kind !== 'deployment' || known?.release.reversible !== false,
    pausedByAlert: pausedAt !== null && pausersOf(alerts, { operation: id, pausedAt }).length > 0,
    now: now(),
  });
}

/** The standby machine locks without an operation: its id would lead nowhere. */
async function readLock(store: CommonDeps['store'], service: string): Promise<WaitingFacts['lock']> {
  const { holder, kind } = await store.locks.read(service);
  if (holder === null) return { holder, kind: null };
  return { holder, kind: (await store.operations.read(holder)) === null ? null : kind };
}
