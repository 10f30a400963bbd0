import type { ApiContact } from './api/service.ts';
import { milliseconds } from './duration.ts';
import { durationWords } from './words.ts';

/**
 * A level of the escalation for people: when it is called, and whom by what.
 *
 * @example contactWords({ level: 2, who: 'team lead', how: ['+1 555 0101'], afterMs: 900_000 })
 * // { name: 'Level 2, after 15 min without an answer', value: 'team lead: +1 555 0101' }
 */
export const contactWords = ({ level, who, how, afterMs }: ApiContact): { name: string; value: string } => ({
  name:
    afterMs === 0
      ? `Level ${level}`
      : `Level ${level}, after ${durationWords(milliseconds(afterMs))} without an answer`,
  value: `${who}: ${how.join(', ')}`,
});
