import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import { type ClickDecision, decideClick } from '../../core/approvals/decide-click.ts';
import { audited } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ApprovalsDeps } from '../ports.ts';
import { approvalProgress, needsSignIn } from './approval-progress.ts';
import { approvalStateOf } from './approval-state.ts';
import { readSubject } from './approval-subject.ts';
import { clickable, type OpenedLink } from './open-link.ts';

/** What somebody filled in. */
export interface FilledForm {
  readonly decision: 'approve' | 'reject';
  readonly version: string;
  readonly reason: string;
}

export type DecisionAnswer = ClickDecision | { kind: 'sign-in-needed' };

/**
 * Decides by a link: judged on the item as it is, written if nobody wrote meanwhile, judged again if somebody did (I10). Then wakes
 * the waiting execution if there is something for it to read; that this fails is no error, since it reads again by itself (rule 5).
 *
 * @throws {UnreadableRecord} when what is to be decided on is not what people were asked about.
 */
export async function decide(deps: ApprovalsDeps, opened: OpenedLink, form: FilledForm): Promise<DecisionAnswer> {
  const progress = approvalProgress(deps.configuration, opened.approval, deps.now());
  const judged = judge(deps, opened, opened.approval, form);
  if (judged.kind === 'already-decided' && judged.which === 'same') await nudge(deps, opened.operation.id);
  if (judged.kind !== 'accepted') return judged;
  if (form.decision === 'approve' && needsSignIn(progress, opened.approver)) return { kind: 'sign-in-needed' };

  await readSubject(deps.store, opened.approval);
  const { approver, decision, reason } = judged;
  const intent = {
    operation: opened.operation.id,
    action: 'decide-approval',
    actor: approver,
    ...(reason === null ? {} : { reason }),
    wanted: { decision, version: opened.approval.version, subject: opened.approval.subject, via: 'mail-link' },
  };
  // What the write found is kept outside of the audited effect: the item holds hashes and a callback, which no audit may have.
  const found: { answer: ClickDecision } = { answer: judged };
  await audited(deps, intent, async () => {
    await deps.store.approvals.change(opened.operation.id, (record) => {
      found.answer = judge(deps, opened, record, form);
      if (found.answer.kind !== 'accepted') return null;
      const made = {
        approver,
        decision,
        reason,
        at: timestamp(deps),
        via: 'mail-link' as const,
        subject: record.subject,
      };
      return { ...record, decisions: [...record.decisions, made] };
    });
    return found.answer.kind;
  });
  if (found.answer.kind === 'accepted') await nudge(deps, opened.operation.id);
  return found.answer;
}

const judge = (deps: ApprovalsDeps, opened: OpenedLink, approval: ApprovalRecord, form: FilledForm): ClickDecision =>
  decideClick({
    approval: clickable(deps, opened, approval),
    tokenHash: opened.hash,
    typedVersion: form.version,
    decision: form.decision,
    reason: form.reason,
    proof: 'link',
    now: deps.now(),
  });

/** Whether the page may offer a decision: whether one filled in correctly would be accepted now. */
export const standingOf = (deps: ApprovalsDeps, opened: OpenedLink): ClickDecision =>
  judge(deps, opened, opened.approval, { decision: 'approve', version: opened.approval.version, reason: '' });

async function nudge(deps: ApprovalsDeps, operation: string): Promise<void> {
  // Read after the decision is written: an execution that began to wait meanwhile has not seen it, and its callback is only here.
  const approval = await deps.store.approvals.read(operation);
  if (approval === null) return;
  const { taskToken } = approval;
  const standing = approvalStateOf(deps.configuration, approval, deps.now());
  if (taskToken === null || standing.kind === 'pending') return;
  try {
    await deps.workflow.succeed(taskToken, { outcome: 'woken' });
  } catch (error) {
    const name = error instanceof Error ? error.name : 'Error';
    deps.log({
      level: 'warn',
      message: `Operation ${operation} could not be woken; it reads again by itself.`,
      error: name,
    });
  }
}
