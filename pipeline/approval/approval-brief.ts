import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { minutes } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import { between, parseInstant } from '../../contracts/instant.ts';
import { distanceWords, durationWords, localTimeWords } from '../../contracts/words.ts';
import { personByMail } from '../../core/approvals/people.ts';
import { type ApprovalProgress, describeMissing } from './approval-progress.ts';
import { checksInShort, type DeploymentSummary, type Fact } from './deployment-summary.ts';
import type { SubjectFacts } from './subject-facts.ts';

/** Who reads, and when. */
export interface Reader {
  readonly timeZone: string | null;
  /** When the text is written. */
  readonly now: Instant;
  /** A page is read when it is written, a mail at some time afterwards. */
  readonly reads: 'now' | 'later';
}

/** By whose clock times are given to this person besides UTC; null where nobody has said. */
export const timeZoneOf = ({ people }: Pick<Configuration, 'people'>, mail: string): string | null =>
  personByMail(people, mail)?.timeZone ?? null;

/** `2026-11-23 11:41 in Europe/Berlin (2026-11-23 10:41:03Z), in 30 min`; of a mail `…, 30 min after this mail`. */
export function timeFor({ timeZone, now, reads }: Reader, at: string): string {
  const away = between(now, parseInstant(at));
  // The mails of one request go out seconds apart.
  const told = away < minutes(10) ? away : minutes(Math.round(away / minutes(1)));
  const distance = reads === 'later' ? `${durationWords(told)} after this mail` : distanceWords(at, now);
  return `${localTimeWords(at, timeZone)}, ${distance}`;
}

export interface BriefParts {
  readonly summary: DeploymentSummary;
  /** What there is to decide on; null for an approval from before there were subjects. */
  readonly subject: SubjectFacts | null;
  readonly progress: ApprovalProgress;
  readonly reader: Reader;
}

/** What somebody has to know before they decide, a line each, in this order: what, why, what changes, how risky, how long, what is wanted until when. */
export function approvalBrief({ summary, subject, progress, reader }: BriefParts): Fact[] {
  const [changes, time] = subject?.short ?? [];
  return [
    ...(summary.replaces === null ? [] : [{ name: 'What', value: summary.replaces }]),
    { name: 'Why', value: summary.why },
    ...(changes === undefined ? [] : [changes]),
    ...riskFacts(subject),
    ...(time === undefined ? [] : [time]),
    ...checksInShort(summary.checks),
    ...describeMissing(progress).map((value) => ({ name: 'Still needed', value })),
    ...expiryFacts(progress, reader),
  ];
}

function expiryFacts({ state, expiresAt }: ApprovalProgress, reader: Reader): Fact[] {
  if (state === 'expired') return [{ name: 'Expired', value: timeFor(reader, expiresAt) }];
  return state === 'pending' ? [{ name: 'Expires', value: timeFor(reader, expiresAt) }] : [];
}

const riskFacts = (subject: SubjectFacts | null): Fact[] =>
  subject === null
    ? []
    : subject.risks.length === 0
      ? [{ name: 'Risk', value: 'nothing unusual was found' }]
      : subject.risks.map((value) => ({ name: 'Careful', value }));
