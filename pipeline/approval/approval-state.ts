import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { ApprovalRecord } from '../../contracts/records/approval.ts';
import { type ApprovalState, approvalState } from '../../core/approvals/approval-state.ts';

export type ApprovalStanding = ApprovalState | { kind: 'superseded'; by: string };

/** Where a stored approval stands now. */
export function approvalStateOf(record: ApprovalRecord, now: Instant): ApprovalStanding {
  const state = approvalState({
    rules: record.rules.map((rule) => ({ ...rule, members: [...rule.members] })),
    decisions: record.decisions.map(({ approver, decision, reason, at, via }) => ({
      by: approver,
      decision,
      reason,
      at: parseInstant(at),
      proof: via === 'mail-link' ? 'link' : 'signed-in',
    })),
    excluded: {
      mails: new Set(record.excluded.map((mail) => mail.toLowerCase())),
      unknown: record.unknownAuthors,
    },
    now,
    expiresAt: parseInstant(record.expiresAt),
  });
  // A decision that was complete before a newer release came stays one: only a pending approval can be superseded.
  return state.kind === 'pending' && record.supersededBy !== null
    ? { kind: 'superseded', by: record.supersededBy }
    : state;
}
