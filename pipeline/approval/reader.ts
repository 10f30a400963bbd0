import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { minutes } from '../../contracts/duration.ts';
import { between, type Instant, parseInstant } from '../../contracts/instant.ts';
import { distanceWords, durationWords, localTimeWords } from '../../contracts/words.ts';
import { personByMail } from '../../core/approvals/people.ts';

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
