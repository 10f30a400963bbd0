import { describe, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { checkWords } from '../../../../contracts/words.ts';
import { type DryRun, dryRunAnew, judgeDryRun, undecided } from '../../../../core/judgement/dry-run.ts';
import type { Reading } from '../../../../core/judgement/reading.ts';

const start = instant(Date.parse('2026-11-23T10:00:00Z'));
const list = [
  { name: 'throughput', min: 10, unit: 'per-second' as const, for: minutes(2) },
  { name: 'queue', max: 100, for: minutes(0) },
];
const value = (number: number): Reading => ({ kind: 'value', value: number });
const noData: Reading = { kind: 'no-data' };

/** Looks at these readings of both, one minute after the other; all looks, in their order. */
function looks(...readings: (readonly [throughput: Reading, queue: Reading])[]): DryRun[] {
  const found: DryRun[] = [];
  for (const [index, [throughput, queue]] of readings.entries()) {
    const observed = { readings: { throughput, queue }, samples: null };
    const before = found.at(-1)?.state ?? undecided;
    found.push(judgeDryRun({ list, minSamples: 0 }, observed, before, later(start, minutes(index))));
  }
  return found;
}

describe('objectives that only run dry', () => {
  it('say what they measure while they would let the release go on', () => {
    expect(looks([value(48), value(3)])).toMatchObject([
      { verdict: 'pass', reason: 'Throughput 48 /s, at least 10 /s; Queue 3, limit 100' },
    ]);
  });

  it('would have failed when they would have as deciding ones: after `for`, not sooner', () => {
    const low = [value(3), value(3)] as const;

    const found = looks(low, low, low);

    expect(found.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'fail']);
    expect(found[1]?.reason).toContain('not decided yet: Throughput 3 /s, at least 10 /s, for 1 min of 2 min');
    expect(found[2]?.reason).toBe(
      'would have failed at 2026-11-23 10:02:00Z: Throughput 3 /s, at least 10 /s, for 2 min; Queue 3, limit 100',
    );
  });

  it('are each judged by themselves: one that is not known hides no other', () => {
    const [found] = looks([noData, value(101)]);

    expect(found).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('Throughput: no data') });
    expect(found?.reason).toContain('would have failed at 2026-11-23 10:00:00Z: Queue 101, limit 100');
    expect(looks([noData, value(1)])[0]?.verdict).toBe('inconclusive');
  });

  it('are told of for the rest of the operation, with the first time, though they have recovered', () => {
    const found = looks([value(48), value(101)], [value(48), value(3)], [value(48), value(500)]);

    expect(found.map(({ verdict }) => verdict)).toEqual(['fail', 'fail', 'fail']);
    expect(found.at(-1)?.reason).toContain('would have failed at 2026-11-23 10:00:00Z: Queue 101, limit 100');
  });

  it('begin anew with each step, and what would have failed stays', () => {
    const [first] = looks([value(3), value(101)]);
    if (first === undefined) throw new Error('nothing was looked at');

    expect(dryRunAnew(first.state)).toEqual({ brokenSince: {}, failed: first.state.failed });
    expect(Object.keys(first.state.failed)).toEqual(['queue']);
  });

  it('count nothing with too few samples', () => {
    const observed = { readings: { throughput: value(3), queue: value(500) }, samples: value(9) };

    expect(judgeDryRun({ list, minSamples: 100 }, observed, undecided, start)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'too few samples: 9 of 100',
      state: undecided,
    });
  });

  it('are not called failed: nothing has', () => {
    const [found] = looks([value(48), value(101)]);

    expect(checkWords({ result: 'fail', reason: found?.reason ?? '' })).toMatch(/would have failed at/);
    expect(checkWords({ result: 'fail', reason: 'would have failed at noon' })).toBe('would have failed at noon');
  });
});
