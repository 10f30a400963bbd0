import type { ApiOperationSummary, OperationWaiting } from '../../contracts/api/operation.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import { timeWords } from '../../contracts/words.ts';
import { elapsed } from './time.ts';

/** `Waiting for 1 approval (ml-lead): cleo@example.com. Expires in 3 h 20 min (2026-11-23 12:20:00Z).`, and what may be typed. */
export function waitingLines(waiting: OperationWaiting, now: Instant): string[] {
  const { text, until, next } = waiting;
  return [
    until === null ? text : `${text} ${until.text} ${untilWords(until.at, now)}.`,
    ...next.map(({ what, command }) => `  ${what}: ${command}`),
  ];
}

/** `Next: Green gets 50 % in 4 min (2026-11-23 09:44:58Z).`, and when all of it is done at the earliest. */
export function nextLines(next: ApiOperationSummary['next'], now: Instant): string[] {
  if (next === null) return [];
  const done =
    next.done === null || next.done === next.at ? [] : [`Done ${untilWords(next.done, now)} at the earliest.`];
  return [`Next: ${next.text} ${untilWords(next.at, now)}.`, ...done];
}

/** `in 3 h 20 min (2026-11-23 12:20:00Z)` */
export function untilWords(at: string, now: Instant): string {
  const left = parseInstant(at);
  return left <= now ? 'now' : `in ${elapsed(now, left)} (${timeWords(at)})`;
}
