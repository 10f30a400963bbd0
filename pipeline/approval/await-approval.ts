import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { timeWords } from '../../contracts/words.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { OperationDeps } from '../ports.ts';
import { approvalProgress, unfillableReason } from './approval-progress.ts';
import { approvalStateOf } from './approval-state.ts';
import { isStillAbout, subjectNow } from './approval-subject.ts';

/** Stores the callback of the execution that waits, and wakes it at once if there is something to read already. */
export async function awaitApproval(
  deps: OperationDeps,
  execution: Execution,
  taskToken: string,
): Promise<ResultOf<'await-approval'>> {
  const { operation } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'awaiting-approval', timestamp(deps));
  await deps.store.approvals.change(operation.id, (record) => ({ ...record, taskToken }));
  // Read after the callback is stored: a decision or an abort that came before found none to wake. A decision is an item of its own, so that it may
  // have been written while the callback was.
  const approval = await deps.store.approvals.read(operation.id);
  const state = approval === null ? null : approvalStateOf(deps.configuration, approval, deps.now());
  const { operation: current } = await loadOperation(deps, execution);
  const abandoned = current.abort !== null || current.outcome !== null;
  if (state?.kind !== 'pending' || abandoned) await deps.workflow.succeed(taskToken, { outcome: 'woken' });
  return { outcome: 'waiting' };
}

/** How often people are asked about one operation: whatever keeps changing is no release that anybody can decide on (I11). */
export const mostTimesAsked = 10;

/** Reads where the approval stands; on quorum notes on the release that it may receive traffic (I3). */
export async function readApproval(deps: OperationDeps, execution: Execution): Promise<ResultOf<'read-approval'>> {
  const { operation, service } = await loadOperation(deps, execution);
  if (operation.abort !== null) {
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  }
  const approval = await deps.store.approvals.read(operation.id);
  if (approval === null) return { outcome: 'pending' };
  const current = await subjectNow(deps.store, operation, service);
  if (!(await isStillAbout(deps.store, approval, current))) {
    if (approval.asked < mostTimesAsked) return { outcome: 'subject-changed' };
    const told = `What is to be approved has changed ${approval.asked} times since it was asked for.`;
    return { outcome: 'expired', ending: 'expired', reason: because('ApprovalExpired', told) };
  }
  const state = approvalStateOf(deps.configuration, approval, deps.now());
  switch (state.kind) {
    case 'pending':
      return { outcome: 'pending' };
    case 'approved': {
      if (operation.release) {
        await deps.store.releases.mark(service.name, operation.release.digest, { approvedAt: timestamp(deps) });
      }
      await note(deps, {
        operation: operation.id,
        action: 'approval',
        actor: sluice,
        reason: approval.rules.length === 0 ? 'No rule asks for an approval.' : 'The quorum is there.',
      });
      return { outcome: 'approved' };
    }
    case 'rejected':
      return {
        outcome: 'rejected',
        ending: 'rejected',
        reason: because('Rejected', `Rejected by ${state.by}: ${state.reason}`),
      };
    case 'expired':
      return {
        outcome: 'expired',
        ending: 'expired',
        reason: because('ApprovalExpired', `Not enough approvals by ${timeWords(approval.expiresAt)}.`),
      };
    case 'unfillable':
      return {
        outcome: 'unfillable',
        ending: 'failed-validation',
        reason: unfillableReason(approvalProgress(deps.configuration, approval, deps.now())),
      };
    case 'superseded':
      return {
        outcome: 'superseded',
        ending: 'superseded',
        reason: because('Superseded', `Superseded by ${state.by}.`),
      };
  }
}
