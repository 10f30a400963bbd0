import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCron } from '../../../../contracts/configuration/cron.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import { startsOf } from '../../../../core/windows/starts.ts';
import { isWindowActive } from '../../../../core/windows/window-state.ts';
import { zoneClock } from '../../../../core/windows/zone-offset.ts';

// What real Go says: test/fixtures/cron/README.md.
const cases = readFileSync(join(import.meta.dirname, '../../../fixtures/cron/cases.tsv'), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => {
    const [schedule = '', timeZone = '', duration = '', at = '', next = '', active = ''] = line.split('\t');
    return { line, schedule, timeZone, duration: minutes(Number(duration)), at: parseInstant(at), next, active };
  });
const readable = cases.filter(({ next }) => next !== 'refused' && next !== 'never');
const day = 24 * 3_600_000;

function nextStart(schedule: string, wall: number): number | undefined {
  const starts = startsOf(schedule);
  for (let from = wall + 1; from < wall + 5 * 366 * day; from += 30 * day) {
    const [first] = starts.within(from, from + 30 * day);
    if (first !== undefined) return first;
  }
  return undefined;
}

describe('the table of robfig/cron', () => {
  it('has 3,500 cases, and all kinds of answers', () => {
    expect(cases).toHaveLength(3_500);
    expect(new Set(cases.map(({ active }) => active))).toEqual(new Set(['true', 'false', 'refused', 'never']));
  });

  it('refuses the same expressions, and those that never come true', () => {
    const refused = cases.filter(({ schedule }) => readCron(schedule).kind === 'problem');

    expect(refused.map(({ line }) => line)).toEqual(
      cases.filter((one) => !readable.includes(one)).map(({ line }) => line),
    );
  });

  it('has the same next start in the wall clock of the zone', () => {
    const wrong = readable.filter(({ schedule, timeZone, at, next }) => {
      const wall = at + zoneClock(timeZone).offsetAt(at);
      return nextStart(schedule, wall) !== parseInstant(next);
    });

    expect(wrong.map(({ line }) => line)).toEqual([]);
  });

  it('has the same windows active, by Argo CD’s rule', () => {
    const wrong = readable.filter(
      ({ active, at, ...window }) => String(isWindowActive({ kind: 'allow', ...window }, at)) !== active,
    );

    expect(wrong.map(({ line }) => line)).toEqual([]);
  });
});
