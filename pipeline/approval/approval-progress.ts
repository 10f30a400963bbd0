import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { type Involvement, involvementWords } from '../../contracts/contributor.ts';
import type { Instant } from '../../contracts/instant.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { ApprovalDecision, ApprovalRecord } from '../../contracts/records/approval.ts';
import { type Uncounted, whyUncounted } from '../../core/approvals/approval-state.ts';
import { personByMail } from '../../core/approvals/people.ts';
import { type ApprovalStanding, approvalStateOf, currentDecisions, questionOf, rulesNow } from './approval-state.ts';

/** A decision, and whether it counts. */
export interface ShownDecision extends Omit<ApprovalDecision, 'subject'> {
  /** `ana@example.com wrote this release`: why it brings the quorum no nearer; null when it does, and for a rejection. */
  readonly uncounted: string | null;
}

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
  readonly decisions: readonly ShownDecision[];
  /** Not sealed by who takes decisions: they count for nothing. */
  readonly forged: readonly Pick<ApprovalDecision, 'approver' | 'decision'>[];
  readonly missing: readonly { readonly role: string; readonly count: number; readonly from: readonly string[] }[];
  /** Mail addresses that count towards no quorum: whoever took part in the release. */
  readonly excluded: readonly string[];
  /** How they took part, as far as that is known. */
  readonly involved: ApprovalRecord['involved'];
  /** `ana@example.com wrote this release, so their approval does not count.`, for each approver whom that concerns. */
  readonly notCounting: readonly string[];
  readonly unknownAuthors: readonly string[];
}

export function approvalProgress(configuration: Configuration, record: ApprovalRecord, now: Instant): ApprovalProgress {
  const standing = approvalStateOf(configuration, record, now);
  const rules = rulesNow(configuration, record);
  const isApprover = (person: string) => rules.some(({ members }) => members.includes(person));
  return {
    state: standing.kind,
    requestedAt: record.requestedAt,
    expiresAt: record.expiresAt,
    rules: rules.map(({ role, members, count, require }) => ({
      role,
      members,
      count,
      require: require ?? null,
    })),
    decisions: shownDecisions(configuration, record, now),
    forged: (record.forged ?? []).map(({ approver, decision }) => ({ approver, decision })),
    missing: 'missing' in standing ? standing.missing : [],
    excluded: record.excluded,
    involved: record.involved,
    notCounting: record.excluded.filter(isApprover).map((person) => notCountingWords(record.involved, person)),
    unknownAuthors: record.unknownAuthors,
  };
}

function shownDecisions(configuration: Configuration, record: ApprovalRecord, now: Instant): ShownDecision[] {
  const question = questionOf(configuration, record, now);
  const current = currentDecisions(record);
  return record.decisions.map((made) => {
    const { approver, decision, reason, at, via } = made;
    const judged = question.decisions[current.indexOf(made)];
    const why = judged === undefined ? ('changed' as const) : whyUncounted(question, judged);
    return {
      approver,
      decision,
      reason,
      at,
      via,
      uncounted: why === null ? null : uncountedWords(why, approver, record.involved),
    };
  });
}

function uncountedWords(why: Uncounted | 'changed', person: string, involved: ApprovalProgress['involved']): string {
  switch (why) {
    case 'took-part':
      return `${person} ${partIn(involved, person)}`;
    case 'not-approver':
      return `${person} is no longer an approver of it`;
    case 'repeated':
      return `${person} had already approved, and each person counts once`;
    case 'sign-in':
      return `the open role of ${person} requires a sign-in: approve in the console or with \`sluice approve\``;
    case 'enough':
      return `the roles of ${person} already had enough approvals`;
    case 'changed':
      return 'the release has changed since then';
  }
}

/** Why the approval that this person gave does not count; null when it counts, and when there is none. */
export function uncountedOf(
  { people }: Configuration,
  { decisions }: Pick<ApprovalProgress, 'decisions'>,
  approver: string,
): string | null {
  const personOf = (mail: string) => personByMail(people, mail)?.mail ?? mail;
  const made = decisions.filter((one) => personOf(one.approver) === personOf(approver));
  return made.some(({ uncounted }) => uncounted === null) ? null : (made.at(-1)?.uncounted ?? null);
}

/** `1 more of devops (ana@example.com, ben@example.com)` for each rule that is still open, and which of them nobody can fill. */
export function describeMissing({ missing, state }: Pick<ApprovalProgress, 'missing' | 'state'>): string[] {
  const open = missing.map(({ role, count, from }) => {
    if (from.length >= count) return `${count} more of ${role} (${from.join(', ')})`;
    const left =
      from.length === 0 ? 'nobody is left' : `only ${from.join(', ')} ${from.length === 1 ? 'is' : 'are'} left`;
    return `${count} more of ${role}, which is impossible: ${left}`;
  });
  const isTogether = state === 'unfillable' && missing.every(({ count, from }) => from.length >= count);
  return isTogether ? [...open, 'together more people than there are, because each person counts once'] : open;
}

/** Why waiting for approvals would be for nothing, with everybody who is missing for them. */
export const unfillableReason = (progress: Pick<ApprovalProgress, 'missing' | 'state' | 'notCounting'>): Reason =>
  because(
    'ApprovalUnfillable',
    [`The approvals cannot be completed: ${describeMissing(progress).join('; ')}.`, ...progress.notCounting].join(' '),
    'Add people to the role in sluice.yaml, or have somebody else write the release.',
  );

/** `ana@example.com wrote this release, so their approval does not count.` */
export const notCountingWords = (involved: ApprovalProgress['involved'], person: string): string =>
  `${person} ${partIn(involved, person)}, so their approval does not count.`;

/** `wrote and merged this release` */
function partIn(involved: ApprovalProgress['involved'], person: string): string {
  const as: readonly Involvement[] = involved.find((one) => one.person === person)?.as ?? [];
  return `${as.map((one) => involvementWords[one]).join(' and ') || 'took part in'} this release`;
}

/** Whether every role of this approver asks for a sign-in, so that an approval by link would count nowhere. */
export function needsSignIn({ rules }: Pick<ApprovalProgress, 'rules'>, approver: string): boolean {
  const own = rules.filter(({ members }) => members.includes(approver));
  return own.length > 0 && own.every(({ require }) => require === 'signed-in');
}

/** Whether some of their roles ask for a sign-in, and others do not. */
const needsToo = (progress: ApprovalProgress, approver: string): boolean =>
  !needsSignIn(progress, approver) &&
  progress.rules.some(({ members, require }) => members.includes(approver) && require === 'signed-in');

/** What this approver has to know about their own part. */
export function approverNotes(progress: ApprovalProgress, approver: string): string[] {
  const { excluded, involved, unknownAuthors } = progress;
  return [
    ...(excluded.includes(approver)
      ? [`You ${partIn(involved, approver)}, so your approval does not count. You may reject it.`]
      : []),
    ...(needsSignIn(progress, approver)
      ? ['Your role has to sign in to approve. With this link you can read and reject, but not approve.']
      : []),
    ...(needsToo(progress, approver)
      ? [
          'One of your roles requires a sign-in. Approve in the console or with `sluice approve`: then it counts for that role, too.',
        ]
      : []),
    ...(unknownAuthors.length > 0
      ? [
          `Nobody in "people" goes by: ${unknownAuthors.join(', ')}. Check that this is not another name of an approver.`,
        ]
      : []),
  ];
}
