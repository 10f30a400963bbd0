import type { Instant } from '../../contracts/instant.ts';
import type { ApprovalDecision, ApprovalRecord } from '../../contracts/records/approval.ts';
import { type ApprovalStanding, approvalStateOf } from './approval-state.ts';

/** How far an approval is: for people, hence without hashes, links and callbacks. */
export interface ApprovalProgress {
  readonly state: ApprovalStanding['kind'];
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly rules: readonly {
    readonly role: string;
    readonly members: readonly string[];
    readonly count: number;
    readonly require: 'signed-in' | null;
  }[];
  readonly decisions: readonly ApprovalDecision[];
  readonly missing: readonly { readonly role: string; readonly count: number; readonly from: readonly string[] }[];
  /** Mail addresses that count towards no quorum: who triggered or authored the release. */
  readonly excluded: readonly string[];
  readonly unknownAuthors: readonly string[];
}

export function approvalProgress(record: ApprovalRecord, now: Instant): ApprovalProgress {
  const standing = approvalStateOf(record, now);
  return {
    state: standing.kind,
    requestedAt: record.requestedAt,
    expiresAt: record.expiresAt,
    rules: record.rules.map(({ role, members, count, require }) => ({
      role,
      members,
      count,
      require: require ?? null,
    })),
    decisions: record.decisions.map(({ approver, decision, reason, at, via }) => ({
      approver,
      decision,
      reason,
      at,
      via,
    })),
    missing: 'missing' in standing ? standing.missing : [],
    excluded: record.excluded,
    unknownAuthors: record.unknownAuthors,
  };
}

/** `1 more of devops (ana@example.com, ben@example.com)` for each rule that is still open. */
export const describeMissing = ({ missing }: Pick<ApprovalProgress, 'missing'>): string[] =>
  missing.map(({ role, count, from }) =>
    from.length < count
      ? `${count} more of ${role}, but only ${from.length} could still give it: it cannot be completed`
      : `${count} more of ${role} (${from.join(', ')})`,
  );

/** Whether every role of this approver asks for a sign-in, so that an approval by link would count nowhere. */
export function needsSignIn({ rules }: Pick<ApprovalProgress, 'rules'>, approver: string): boolean {
  const own = rules.filter(({ members }) => members.includes(approver));
  return own.length > 0 && own.every(({ require }) => require === 'signed-in');
}

/** What this approver has to know about their own part. */
export function approverNotes(progress: ApprovalProgress, approver: string): string[] {
  const { excluded, unknownAuthors } = progress;
  return [
    ...(excluded.includes(approver)
      ? ['You triggered or wrote this release, so your approval does not count towards the quorum. You may reject it.']
      : []),
    ...(needsSignIn(progress, approver)
      ? ['Your role has to approve signed in: with this link you can look and reject, but not approve.']
      : []),
    ...(unknownAuthors.length > 0 ? [`Nobody in "people" goes by: ${unknownAuthors.join(', ')}.`] : []),
  ];
}
