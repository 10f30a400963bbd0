import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstSeenAfter } from '../../../../contracts/configuration/cloudwatch.ts';
import { minutes, seconds } from '../../../../contracts/duration.ts';
import { instant, parseInstant } from '../../../../contracts/instant.ts';
import { completePeriods } from '../../../../core/judgement/complete-periods.ts';

const perMinute = { period: minutes(1), delay: minutes(2) };
const at = (time: string) => parseInstant(`2026-11-30T${time}Z`);

it.each([
  ['whole minutes of the window that are there', '10:10:30', minutes(5), ['10:06:00', '10:08:00']],
  ['all of it but what is late, on the minute', '10:10:00', minutes(5), ['10:05:00', '10:08:00']],
  ['nothing of a minute that is not whole', '10:10:59', minutes(3), null],
  ['nothing of what began a moment ago', '10:10:30', seconds(1), null],
])('%s', (_what, now, window, expected) => {
  const range = completePeriods(perMinute, window, at(now));

  expect(range).toEqual(expected === null ? null : { from: at(expected[0] ?? ''), to: at(expected[1] ?? '') });
});

it('never has anything from before the window, or of the delay, and has a period once enough has passed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 0, max: 600 }),
      fc.integer({ min: 1_000, max: 3_600_000 }),
      fc.integer({ min: 1e12, max: 2e12 }),
      (periods, delay, window, time) => {
        const late = { period: minutes(periods), delay: seconds(delay) };

        const range = completePeriods(late, seconds(window / 1_000), instant(time));

        if (window >= firstSeenAfter(late)) expect(range).not.toBeNull();
        if (range === null) return;
        expect(range.from).toBeGreaterThanOrEqual(time - window);
        expect(range.to).toBeLessThanOrEqual(time - late.delay);
        expect((range.to - range.from) % late.period).toBe(0);
      },
    ),
  );
});
