import type { ApiOperation } from '../../contracts/api/operation.ts';
import { InvalidInput, NotAllowed, WriteConflict } from '../../contracts/errors.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { timeWords } from '../../contracts/words.ts';
import { type ClickDecision, decideClick } from '../../core/approvals/decide-click.ts';
import { audited } from '../operation/audited.ts';
import { type OperationContext, readOperation, timestamp } from '../operation/operation-context.ts';
import { wakeApproval } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';
import { readOperationView } from '../view/operation-views.ts';
import { approvalStateOf, mayDecide, rulesNow } from './approval-state.ts';
import { readSubject } from './approval-subject.ts';
import { decisionOf } from './open-link.ts';

/** A signed-in person's decision. `actor` is a mail address that the API authenticated. */
export interface SignedInDecision {
  readonly id: string;
  readonly actor: string;
  readonly decision: 'approve' | 'reject';
  readonly version: string;
  readonly reason: string;
  /** Hash of the subject that the person has seen, which an approval has to name. A rejection without it is of whatever there is to decide on. */
  readonly subject?: string | undefined;
}

/** Takes the place of a link's hash: a sign-in is its own key, and decides once as a link does; it raises what a link has said. */
const signedIn = 'signed-in';

/**
 * Decides as the approver who is signed in, by the rules of a mailed link: judged on the item as it is, written if nobody wrote
 * meanwhile, and the same decision again drives its completion again (rule 5, I10). Answers with the operation as it is then.
 *
 * @throws {NotAllowed} when no rule of this approval names the person.
 * @throws {InvalidInput} when another version was typed, an approval names no subject, or a rejection has no reason.
 * @throws {WriteConflict} when there is nothing to decide, or not any more.
 * @throws {UnreadableRecord} when what is to be decided on is not what people were asked about.
 */
export async function decideOperation(deps: OperatorDeps, wanted: SignedInDecision): Promise<ApiOperation> {
  const { id, decision, version } = wanted;
  const { actor } = wanted;
  const context = await readOperation(deps, id);
  const approval = await deps.store.approvals.read(id);
  if (approval === null)
    throw new WriteConflict(`Operation ${id} does not wait for an approval now (${stateOf(context)}).`);
  if (!mayDecide(deps.configuration, approval, actor)) {
    const approvers = rulesNow(deps.configuration, approval).flatMap(({ members }) => members);
    const members = [...new Set(approvers)].join(', ') || 'nobody any more';
    throw new NotAllowed(`${actor} is not an approver of operation ${id}. Its approvers: ${members}.`);
  }
  if (decision === 'approve' && approval.subject !== null && wanted.subject === undefined) {
    throw new InvalidInput(
      `Say what you approve: "subject" has to be the SHA-256 of operation ${id} (approvals.subject.hash) that you have reviewed.`,
    );
  }
  let answer = judge(deps, context, approval, wanted);
  if (answer.kind === 'accepted') {
    await readSubject(deps.store, approval);
    const { reason } = answer;
    const intent = { operation: id, action: 'decide-approval', actor, ...(reason === null ? {} : { reason }) };
    await audited(
      deps,
      { ...intent, wanted: { decision, version, subject: approval.subject, via: signedIn } },
      async () => {
        await deps.store.approvals.change(id, (record) => {
          answer = judge(deps, context, record, wanted);
          if (answer.kind !== 'accepted') return null;
          const { subject } = record;
          const made = { approver: actor, decision, reason, at: timestamp(deps), via: 'signed-in' as const, subject };
          return { ...record, decisions: [...record.decisions, made] };
        });
        return answer.kind;
      },
    );
  }
  refuseUnlessDecided(answer, wanted, approval, context.operation);
  await wakeApproval(deps, id);
  return readOperationView(deps, id);
}

function judge(
  deps: OperatorDeps,
  { operation }: OperationContext,
  approval: ApprovalRecord,
  { actor, decision, version, reason, subject = approval.subject ?? undefined }: SignedInDecision,
): ClickDecision {
  const standing = approvalStateOf(deps.configuration, approval, deps.now());
  const abandoned = operation.outcome !== null || operation.abort !== null;
  return decideClick({
    approval: {
      version: approval.version,
      subject: approval.subject,
      expiresAt: parseInstant(approval.expiresAt),
      ended: standing.kind === 'pending' ? (abandoned ? { kind: 'aborted' } : null) : standing,
      links: [
        {
          tokenHash: signedIn,
          approver: actor,
          subject: subject ?? null,
          decision: decisionOf(deps.configuration, approval, actor),
          mayDecide: mayDecide(deps.configuration, approval, actor),
        },
      ],
    },
    tokenHash: signedIn,
    typedVersion: version,
    decision,
    reason,
    proof: signedIn,
    now: deps.now(),
  });
}

function refuseUnlessDecided(
  answer: ClickDecision,
  { version }: SignedInDecision,
  approval: ApprovalRecord,
  operation: OperationRecord,
): void {
  switch (answer.kind) {
    case 'accepted':
      return;
    case 'already-decided':
      if (answer.which === 'same') return;
      throw new WriteConflict('You have already decided otherwise, and your first decision stays.');
    case 'subject-changed':
      throw new WriteConflict(
        `The subject of operation ${operation.id} has changed. Review it again: sluice operation ${operation.id}`,
      );
    case 'wrong-version':
      throw new InvalidInput(`Operation ${operation.id} is about ${approval.version}, not ${version}.`);
    case 'reason-missing':
      throw new InvalidInput('A rejection needs a reason.');
    case 'superseded':
      throw new WriteConflict(`${approval.version} was superseded by ${answer.by}.`);
    case 'expired':
      throw new WriteConflict(`This approval expired at ${timeWords(approval.expiresAt)}.`);
    case 'closed':
      throw new WriteConflict(
        answer.as === 'aborted' || answer.as === 'unfillable'
          ? `Operation ${operation.id} has ended or is about to end.`
          : `${approval.version} was already ${answer.as}.`,
      );
    case 'not-approver':
      throw new NotAllowed(`${answer.approver} is no longer an approver of operation ${operation.id}.`);
    case 'unknown':
      throw new WriteConflict(`Operation ${operation.id} has no approval.`);
  }
}

const stateOf = ({ operation }: OperationContext): string => operation.outcome ?? operation.state;
