import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isBlameless } from '../../core/rollback/outcome-of-returned.ts';
import type { CommonDeps } from '../ports.ts';
import { audited, sluice } from './audited.ts';
import { doneBefore } from './done-before.ts';
import { timestamp } from './operation-context.ts';

/**
 * Puts on hold what a rollback returns, where its cause blames that release (I6): for who ends the rollback before it came to that itself, a
 * person or a death. Once, so that a hold that somebody has released stays released (I10).
 */
export async function holdBlamed(deps: CommonDeps, rollback: OperationRecord): Promise<void> {
  const { related, trigger, reason } = rollback;
  const failed = rollback.kind !== 'rollback' || related === null ? null : await deps.store.operations.read(related);
  if (failed === null || failed.shiftedAt === null || isBlameless(failed, trigger)) return;
  if (await doneBefore(deps.store, failed.id, 'hold-release')) return;
  await holdFailed(deps, failed, reason ?? 'returned');
}

/** Puts the release of an operation that failed on hold. */
export async function holdFailed(deps: CommonDeps, failed: OperationRecord, reason: string): Promise<void> {
  if (failed.release) await hold(deps, failed, { ...failed.release, reason, actor: sluice });
}

/** Puts a release on hold, on the record of the operation that it is about. */
export async function hold(
  deps: CommonDeps,
  { id: operation, service }: OperationRecord,
  { version, digest, reason, actor }: { version: string; digest: string; reason: string; actor: string },
): Promise<void> {
  const intent = { operation, action: 'hold-release', actor, reason, wanted: { version, digest } };
  await audited(deps, intent, () =>
    deps.store.releases.hold(service, { version, digest, reason, operation, at: timestamp(deps) }),
  );
}
