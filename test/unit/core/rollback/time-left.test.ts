import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, milliseconds, minutes, seconds } from '../../../../contracts/duration.ts';
import { instant } from '../../../../contracts/instant.ts';
import { mostRounds, timeLeft } from '../../../../core/rollback/time-left.ts';

const startedAt = instant(Date.parse('2026-11-28T03:00:00Z'));
const deadline = minutes(15);
const at = (passed: number, waited = 0) => timeLeft({ startedAt, now: instant(startedAt + passed), waited, deadline });

describe('the time of a return', () => {
  it('is over at its deadline by the clock, however little it has waited', () => {
    expect(at(deadline - 1).kind).toBe('left');
    expect(at(deadline).kind).toBe('over');
  });

  it('is over once it has waited for so long, whatever the clock says', () => {
    expect(at(-hours(3), 899).kind).toBe('left');
    expect(at(-hours(3), 900).kind).toBe('over');
  });

  it('has pauses that grow with what was waited, and end with the deadline', () => {
    expect(at(0, 0)).toEqual({ kind: 'left', pause: 1 });
    expect(at(0, 55)).toEqual({ kind: 'left', pause: 6 });
    expect(at(0, 500)).toEqual({ kind: 'left', pause: 10 });
    expect(at(deadline - 2_500, 500)).toEqual({ kind: 'left', pause: 3 });
  });

  it('always ends, after few rounds, whatever a clock does meanwhile', () => {
    const clock = fc.array(fc.integer({ min: -hours(24), max: hours(24) }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(clock, fc.integer({ min: 1, max: 7_200 }), (jumps, length) => {
        const limit = seconds(length);
        let waited = 0;
        let rounds = 0;
        for (; ; rounds++) {
          const now = instant(startedAt + (jumps[rounds % jumps.length] ?? 0));
          const left = timeLeft({ startedAt, now, waited, deadline: limit });
          if (left.kind === 'over') break;
          waited += left.pause;
        }

        expect(waited).toBeLessThanOrEqual(length);
        expect(rounds).toBeLessThanOrEqual(length);
      }),
    );
  });

  it('leaves room for so many rounds of pauses alone', () => {
    expect(mostRounds(deadline)).toBeLessThan(150);
    expect(mostRounds(milliseconds(1))).toBe(1);
  });
});
