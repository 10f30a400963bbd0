import type { ApprovalRule } from '../../contracts/configuration/approvals.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { Exclusions } from './people.ts';

/** What one approver decided. */
export interface ApprovalDecision {
  /** Mail address of the approver. */
  readonly by: string;
  readonly decision: 'approve' | 'reject';
  readonly reason: string | null;
  readonly at: Instant;
  /** How the approver was known: by possession of a mailbox, or signed in. */
  readonly proof: 'link' | 'signed-in';
}

/** One rule's part that is still open. */
export interface MissingApproval {
  readonly role: string;
  /** How many approvals are still wanted. */
  readonly count: number;
  /** Members whose approval would count now. Fewer than `count` means that nobody can complete it. */
  readonly from: readonly string[];
}

export type ApprovalState =
  | { kind: 'approved'; by: readonly string[] }
  | { kind: 'rejected'; by: string; reason: string }
  | { kind: 'expired'; missing: readonly MissingApproval[] }
  | { kind: 'pending'; missing: readonly MissingApproval[] };

/** What a rule asks for, once it applies. */
export type ApprovalDemand = Readonly<Pick<ApprovalRule, 'role' | 'count' | 'require'>> & {
  readonly members: readonly string[];
};

export interface ApprovalQuestion {
  /** The rules that apply (`requiredRules`). */
  readonly rules: readonly ApprovalDemand[];
  readonly decisions: readonly ApprovalDecision[];
  readonly excluded: Exclusions;
  readonly expiresAt: Instant;
  readonly now: Instant;
}

/**
 * Where an approval stands. Only members' decisions before the expiry count, and of each person the first. An approval counts
 * in every role of which the person is a member, unless the person triggered or authored the release, or the rule requires a
 * sign-in that there was not. One rejection by any member rejects, also by the author, and outweighs a quorum that came later.
 */
export function approvalState({ rules, decisions, excluded, expiresAt, now }: ApprovalQuestion): ApprovalState {
  const isMember = (mail: string) => rules.some(({ members }) => includesMail(members, mail));
  const firsts = new Map<string, ApprovalDecision>();
  for (const decision of decisions.toSorted((a, b) => a.at - b.at)) {
    const by = decision.by.toLowerCase();
    if (decision.at < expiresAt && isMember(by) && !firsts.has(by)) firsts.set(by, decision);
  }
  const counted = [...firsts.values()];
  const rejection = counted.find(({ decision }) => decision === 'reject');
  if (rejection) return { kind: 'rejected', by: rejection.by, reason: rejection.reason ?? 'no reason given' };

  const missing = rules
    .map((rule): MissingApproval => {
      const eligible = rule.members.filter((member) => !excluded.mails.has(member.toLowerCase()));
      const approved = eligible.filter((member) => {
        const decision = firsts.get(member.toLowerCase());
        return decision !== undefined && (rule.require === undefined || decision.proof === rule.require);
      });
      const from = eligible.filter((member) => !firsts.has(member.toLowerCase()));
      return { role: rule.role, count: rule.count - approved.length, from };
    })
    .filter(({ count }) => count > 0);
  // no rule at all must never read as a quorum (I3)
  if (missing.length === 0 && rules.length > 0) return { kind: 'approved', by: counted.map(({ by }) => by) };
  return { kind: now >= expiresAt ? 'expired' : 'pending', missing };
}

const includesMail = (members: readonly string[], mail: string): boolean =>
  members.some((member) => member.toLowerCase() === mail);
