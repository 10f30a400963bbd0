import type { ApprovalRule } from '../../contracts/configuration/approvals.ts';
import type { Instant } from '../../contracts/instant.ts';
import { assignPeople } from '../../contracts/quorum.ts';
import type { Exclusions } from './people.ts';
import { type KnownPerson, personByMail } from './people.ts';

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
  /** Whose approval would count now: members who have not decided, and those who still have to sign in for it. */
  readonly from: readonly string[];
}

export type ApprovalState =
  | { kind: 'approved'; by: readonly string[] }
  | { kind: 'rejected'; by: string; reason: string }
  | { kind: 'expired'; missing: readonly MissingApproval[] }
  /** Not even everybody who may still decide could complete it: waiting would only cost time. */
  | { kind: 'unfillable'; missing: readonly MissingApproval[] }
  | { kind: 'pending'; missing: readonly MissingApproval[] };

/** What a rule asks for, once it applies. */
export type ApprovalDemand = Readonly<Pick<ApprovalRule, 'role' | 'count' | 'require'>> & {
  /** Mail addresses. Who is not in `people` counts for nobody. */
  readonly members: readonly string[];
};

export interface ApprovalQuestion {
  /** Everybody there is (`people:`). */
  readonly people: readonly KnownPerson[];
  /** The rules that apply (`requiredRules`). */
  readonly rules: readonly ApprovalDemand[];
  readonly decisions: readonly ApprovalDecision[];
  readonly excluded: Pick<Exclusions, 'people'>;
  /** False: a person counts in every role of theirs (`approvals.distinct`). */
  readonly distinct: boolean;
  readonly expiresAt: Instant;
  readonly now: Instant;
}

/** A rule with those who may count for it. */
interface Share {
  readonly rule: ApprovalDemand;
  readonly eligible: readonly string[];
  /** Of these, who has approved in the way that the rule asks for. */
  readonly approved: readonly string[];
}

/**
 * Where an approval stands. Only members' decisions before the expiry count, and of each person the first; the same decision made once
 * more, signed in, raises it. A person counts in one role only, the one where that helps most, unless `distinct` is false; nobody counts
 * who took part in the release. One rejection by any member rejects, also by the author, and outweighs a quorum that came later.
 */
export function approvalState(question: ApprovalQuestion): ApprovalState {
  const { people, rules, decisions, expiresAt, now, distinct } = question;
  const keyOf = (mail: string) => personByMail(people, mail)?.mail ?? null;
  const membersOf = ({ members }: ApprovalDemand) => [
    ...new Set(members.map(keyOf).filter((member) => member !== null)),
  ];
  const isMember = (person: string) => rules.some((rule) => membersOf(rule).includes(person));
  const firsts = new Map<string, ApprovalDecision>();
  for (const decision of decisions.toSorted((a, b) => a.at - b.at)) {
    const by = keyOf(decision.by);
    if (by === null || decision.at >= expiresAt || !isMember(by)) continue;
    const first = firsts.get(by);
    if (first === undefined) firsts.set(by, decision);
    else if (first.decision === decision.decision && decision.proof === 'signed-in')
      firsts.set(by, { ...first, proof: 'signed-in' });
  }
  const counted = [...firsts.values()];
  const rejection = counted.find(({ decision }) => decision === 'reject');
  if (rejection) return { kind: 'rejected', by: rejection.by, reason: rejection.reason ?? 'no reason given' };

  const excluded = new Set(question.excluded.people.map(({ person }) => keyOf(person) ?? person));
  const shares = rules.map((rule): Share => {
    const eligible = membersOf(rule).filter((member) => !excluded.has(member));
    const approved = eligible.filter((member) => {
      const proof = firsts.get(member)?.proof;
      return proof !== undefined && (rule.require === undefined || proof === rule.require);
    });
    return { rule, eligible, approved };
  });
  const missing = missingOf(shares, distinct);
  // no rule at all must never read as a quorum (I3)
  if (missing.length === 0 && rules.length > 0) return { kind: 'approved', by: counted.map(({ by }) => by) };
  if (now >= expiresAt) return { kind: 'expired', missing };
  const best = missingCount(
    shares.map(({ rule, eligible }) => ({ count: rule.count, people: eligible })),
    distinct,
  );
  return { kind: best > 0 ? 'unfillable' : 'pending', missing };
}

/**
 * Why an approval brings the quorum no nearer: it is of nobody who may decide; of somebody who took part; of somebody who had approved before;
 * it needs a sign-in; or others had given as many as that person's roles want.
 */
export type Uncounted = 'not-approver' | 'took-part' | 'repeated' | 'sign-in' | 'enough';

/** Whether one of the decisions brings the quorum nearer, after those that came before it. Null when it does, and for a rejection, which always counts. */
export function whyUncounted(question: ApprovalQuestion, decision: ApprovalDecision): Uncounted | null {
  const { people, rules, decisions, excluded } = question;
  if (decision.decision === 'reject') return null;
  const keyOf = (mail: string) => personByMail(people, mail)?.mail ?? null;
  const by = keyOf(decision.by);
  if (by === null || !rules.some(({ members }) => members.some((member) => keyOf(member) === by)))
    return 'not-approver';
  if (excluded.people.some(({ person }) => keyOf(person) === by)) return 'took-part';
  const approvals = decisions.filter((one) => one.decision === 'approve').toSorted((a, b) => a.at - b.at);
  const before = approvals.slice(0, approvals.indexOf(decision));
  const open = (made: readonly ApprovalDecision[]): number => {
    const state = approvalState({ ...question, decisions: made });
    return 'missing' in state ? state.missing.reduce((sum, { count }) => sum + count, 0) : 0;
  };
  const wanted = open(before);
  if (open([...before, decision]) < wanted) return null;
  if (open([...before, { ...decision, proof: 'signed-in' }]) < wanted) return 'sign-in';
  return before.some((one) => keyOf(one.by) === by) ? 'repeated' : 'enough';
}

const missingCount = (shares: Parameters<typeof assignPeople>[0], distinct: boolean): number =>
  distinct
    ? assignPeople(shares).missing
    : shares.reduce((sum, { count, people }) => sum + Math.max(0, count - people.length), 0);

/** What each rule still wants, and from whom: everybody there whose approval brings the quorum nearer. */
function missingOf(shares: readonly Share[], distinct: boolean): MissingApproval[] {
  const wanted = (of: readonly Share[]) => of.map(({ rule, approved }) => ({ count: rule.count, people: approved }));
  const voicesOf = (share: Share) => share.eligible.filter((person) => !share.approved.includes(person));
  // A person who fits two rules is counted for the one with fewer other candidates.
  const order = shares.map((_, at) => at).toSorted((a, b) => freeVoices(shares, a) - freeVoices(shares, b));
  const counted = distinct ? inOrder(wanted(shares), order) : wanted(shares).map(({ people }) => people);
  const open = missingCount(wanted(shares), distinct);
  const helps = (person: string) =>
    !distinct || missingCount(wanted(shares.map((share) => approvedBy(share, person))), distinct) < open;
  const places = shares.map((share, at) => ({ share, count: share.rule.count - (counted[at]?.length ?? 0) }));
  const stillOpen = places.filter(({ count }) => count > 0);
  const useful = new Set(shares.flatMap(voicesOf).filter(helps));
  // Nobody who helps is left out: whoever is in none of the open rules sets somebody free for them.
  const elsewhere = [...useful].filter((person) => !stillOpen.some(({ share }) => voicesOf(share).includes(person)));
  return stillOpen.map(({ share, count }) => ({
    role: share.rule.role,
    count,
    from: [...voicesOf(share).filter((person) => useful.has(person)), ...elsewhere],
  }));
}

const approvedBy = (share: Share, person: string): Share =>
  share.eligible.includes(person) && !share.approved.includes(person)
    ? { ...share, approved: [...share.approved, person] }
    : share;

const freeVoices = (shares: readonly Share[], at: number): number => {
  const { eligible = [], approved = [] } = shares[at] ?? {};
  return eligible.length - approved.length;
};

/** The assignment that looks at the rules in this order. */
function inOrder(shares: Parameters<typeof assignPeople>[0], order: readonly number[]): (readonly string[])[] {
  const { counted } = assignPeople(order.map((at) => shares[at] ?? { count: 0, people: [] }));
  return shares.map((_, at) => counted[order.indexOf(at)] ?? []);
}
