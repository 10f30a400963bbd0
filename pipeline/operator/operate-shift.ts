import type { ApiOperation } from '../../contracts/api/operation.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { sentence } from '../../contracts/words.ts';
import { audited } from '../operation/audited.ts';
import { readOperation, timestamp } from '../operation/operation-context.ts';
import type { OperatorDeps } from '../ports.ts';
import { readOperationView } from '../view/operation-views.ts';

interface Asked {
  readonly id: string;
  readonly reason: string;
  readonly actor: string;
}

/**
 * Keeps an operation from giving its target more traffic until somebody resumes it, or until the deadline of a pause (I11). It is judged all
 * the while: what is bad returns. Nobody is paged: whoever paused it knows.
 *
 * @throws {WriteConflict} for one that has not begun to change anything, for a way back, which is never held up, and for one that is paused.
 */
export async function pauseOperation(deps: OperatorDeps, { id, reason, actor }: Asked): Promise<ApiOperation> {
  const operation = await atWork(deps, id, 'pause');
  if (operation.kind === 'rollback') throw new WriteConflict(`Operation ${id} is a rollback, which cannot be paused.`);
  const pausedBecause = `${actor} paused it: ${reason}`.slice(0, longestReason);
  await audited(deps, { operation: id, action: 'pause', actor, reason }, () =>
    deps.store.operations.update(id, { pausedBecause, pausedAt: timestamp(deps) }),
  );
  return readOperationView(deps, id);
}

/**
 * Skips the rest of the step that is judged now, or with `all` every step that is left, so that all of the traffic comes next. Capacity and health are
 * asked for as before (I2), a broken objective still returns, and the bake is judged in full.
 *
 * @throws {WriteConflict} where no step is under way, and for one that is paused.
 */
export async function promoteOperation(
  deps: OperatorDeps,
  { id, reason, actor, to }: Asked & { readonly to: 'next' | 'all' },
): Promise<ApiOperation> {
  const operation = await atWork(deps, id, 'promote');
  const { kind, state, target, weights } = operation;
  const weight = target === null || weights === null ? 0 : weights[target];
  if (kind === 'switch-traffic' || state !== 'shifting-traffic' || weight === 0) {
    throw new WriteConflict(`Operation ${id} (${kind}, ${state}) has no step to skip now: ${whyNoStep(operation)}`);
  }
  const promotion = { to, weight, actor, reason, at: timestamp(deps) };
  await audited(deps, { operation: id, action: 'promote', actor, reason, wanted: { to, weight } }, () =>
    deps.store.operations.update(id, { promotion }),
  );
  return readOperationView(deps, id);
}

function whyNoStep({ kind, state }: OperationRecord): string {
  if (kind === 'switch-traffic') return 'a person chose its share. `sluice switch-traffic` changes it.';
  if (state === 'baking') return 'it has all of the traffic, and the bake cannot be shortened.';
  if (state === 'shifting-traffic') return 'its target has no traffic yet. Promote it in its first step.';
  return 'it does not move traffic now.';
}

/** An operation that holds the lock and goes on by itself. */
async function atWork(deps: OperatorDeps, id: string, what: 'pause' | 'promote'): Promise<OperationRecord> {
  const { operation, service } = await readOperation(deps, id);
  const { outcome, abort, pausedBecause } = operation;
  if (outcome !== null)
    throw new WriteConflict(`Operation ${id} has ended as ${outcome}: there is nothing to ${what}.`);
  if (abort !== null) throw new WriteConflict(`Operation ${id} is being aborted.`);
  if (pausedBecause !== null) {
    const [is, next] = what === 'pause' ? ['is already paused', 'Resume it'] : ['is paused', 'Resume it before'];
    throw new WriteConflict(
      `Operation ${id} ${is}: ${sentence(pausedBecause)} ${next}: sluice resume ${id} --reason "…"`,
    );
  }
  const { holder } = await deps.store.locks.read(service.name);
  if (holder !== id)
    throw new WriteConflict(
      `Operation ${id} (${operation.state}) has not changed anything yet: there is nothing to ${what}.`,
    );
  return operation;
}
