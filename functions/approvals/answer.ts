import { timeWords } from '../../contracts/words.ts';
import type { DecisionAnswer } from '../../pipeline/approval/decide.ts';
import type { OpenedLink } from '../../pipeline/approval/open-link.ts';

/** What a page says first. */
export interface Notice {
  readonly tone: 'good' | 'problem';
  readonly text: string;
}

export interface PageAnswer {
  readonly status: 200 | 404 | 409 | 410 | 422;
  readonly notice: Notice;
  /** `again`: with the form, as it was filled in. */
  readonly form: 'again' | 'none';
}

/**
 * Status and words for what became of a click.
 *
 * @param uncounted why the approver's approval, as it stands now, does not count; null when it does.
 */
export function answerOf(
  decided: DecisionAnswer,
  { approval, operation }: OpenedLink,
  uncounted: string | null,
): PageAnswer {
  const { version } = approval;
  const good = (text: string): PageAnswer => ({ status: 200, notice: { tone: 'good', text }, form: 'none' });
  const noted = (text: string): PageAnswer => ({ status: 200, notice: { tone: 'problem', text }, form: 'none' });
  const no = (status: PageAnswer['status'], text: string): PageAnswer => ({
    status,
    notice: { tone: 'problem', text },
    form: status === 422 ? 'again' : 'none',
  });
  switch (decided.kind) {
    case 'accepted':
      if (decided.decision === 'reject') return good(`You rejected ${version}.`);
      return uncounted === null
        ? good(`You approved ${version}, and it counts.`)
        : noted(`You approved ${version}. That is recorded, but does not count: ${uncounted}.`);
    case 'already-decided':
      if (decided.which === 'same' && uncounted !== null)
        return noted(`You decided this before, in the same way. It does not count: ${uncounted}.`);
      return decided.which === 'same'
        ? good(`You decided this before, in the same way. Nothing more is needed.`)
        : no(409, 'You decided otherwise before, and the first decision stands. Nothing was changed.');
    case 'superseded':
      return no(409, `Nothing was decided: ${version} was superseded by ${decided.by}.`);
    case 'expired':
      return no(410, `Nothing was decided: this approval expired at ${timeWords(approval.expiresAt)}.`);
    case 'closed':
      if (decided.as === 'approved') return no(409, 'Nothing was decided: others completed the approval before.');
      if (decided.as === 'rejected')
        return no(409, `Nothing was decided: ${version} was rejected by another approver.`);
      if (decided.as === 'unfillable')
        return no(410, 'Nothing was decided: a role that is wanted can be filled by nobody, so the operation ends.');
      return no(410, `Nothing was decided: the operation ended${endingOf(operation)}.`);
    case 'subject-changed':
      return no(
        409,
        `Nothing was decided: what is to be approved of ${version} has changed since this mail. A new one was sent to you.`,
      );
    case 'wrong-version':
      return no(422, `Nothing was decided: type the version exactly as it is shown, ${version}.`);
    case 'reason-missing':
      return no(422, 'Nothing was decided: rejecting needs a reason.');
    case 'sign-in-needed':
      return no(
        422,
        'Nothing was decided: your role has to approve signed in, in the console. With this link you can reject.',
      );
    case 'not-approver':
      return no(
        410,
        `Nothing was decided: ${decided.approver} is no longer an approver of ${version}. Sluice's configuration has changed.`,
      );
    case 'unknown':
      return no(404, 'This link leads to nothing.');
  }
}

function endingOf({ outcome, reason, abort }: OpenedLink['operation']): string {
  if (outcome !== null) return ` as ${outcome}${reason === null ? '' : `: ${reason.replace(/\.$/, '')}`}`;
  return abort === null ? '' : `: ${abort.actor} aborted it`;
}
