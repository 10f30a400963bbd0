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
        : noted(`You approved ${version}. Your approval is recorded, but does not count: ${uncounted}.`);
    case 'already-decided':
      if (decided.which === 'same' && uncounted !== null)
        return noted(`You have already decided the same. Your approval does not count: ${uncounted}.`);
      return decided.which === 'same'
        ? good(`You have already decided the same. You do not have to do anything more.`)
        : no(409, 'You have already decided otherwise, and your first decision stays. Nothing was changed.');
    case 'superseded':
      return no(409, `Nothing was decided: ${version} was superseded by ${decided.by}.`);
    case 'expired':
      return no(410, `Nothing was decided: this approval expired at ${timeWords(approval.expiresAt)}.`);
    case 'closed':
      if (decided.as === 'approved')
        return no(409, 'Nothing was decided: other people have already completed the approval.');
      if (decided.as === 'rejected')
        return no(409, `Nothing was decided: ${version} was rejected by another approver.`);
      if (decided.as === 'unfillable')
        return no(410, 'Nothing was decided: nobody can fill one of the roles, so the operation ends.');
      return no(410, `Nothing was decided: the operation ended${endingOf(operation)}.`);
    case 'subject-changed':
      return no(409, `Nothing was decided: ${version} has changed since this mail. Use the link in the new mail.`);
    case 'wrong-version':
      return no(422, `Nothing was decided: type the version exactly as it is shown, ${version}.`);
    case 'reason-missing':
      return no(422, 'Nothing was decided: a rejection needs a reason.');
    case 'sign-in-needed':
      return no(
        422,
        'Nothing was decided: your role has to sign in to approve. Use the console. With this link you can only reject.',
      );
    case 'not-approver':
      return no(
        410,
        `Nothing was decided: ${decided.approver} is no longer an approver of ${version}. Sluice's configuration has changed.`,
      );
    case 'unknown':
      return no(404, 'This link is not valid.');
  }
}

function endingOf({ outcome, reason, abort }: OpenedLink['operation']): string {
  if (outcome !== null) return ` as ${outcome}${reason === null ? '' : `: ${reason.replace(/\.$/, '')}`}`;
  return abort === null ? '' : `: ${abort.actor} aborted it`;
}
