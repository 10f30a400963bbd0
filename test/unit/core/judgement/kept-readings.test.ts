import { describe, expect, it } from 'vitest';
import { instant } from '../../../../contracts/instant.ts';
import type { ReadPoint } from '../../../../contracts/records/readings.ts';
import { withPoint } from '../../../../core/judgement/kept-readings.ts';

const side = (errorRate: number) => ({ weight: 50, ready: 3, samples: 100, values: { 'error-rate': errorRate } });
const point = (at: number, errorRate = 0): ReadPoint => ({ at: instant(at), blue: side(0), green: side(errorRate) });

/** What is kept of one look every `every` ms, `count` times. */
function kept(
  count: number,
  every: number,
  errorRateOf: (index: number) => number = () => 0,
  bounds: { min?: number; max?: number } = { max: 0.01 },
) {
  let readings: Parameters<typeof withPoint>[0] = { spacing: 0, points: [] };
  for (let index = 0; index < count; index++) {
    const objectives = [{ name: 'error-rate', ...bounds }];
    readings = withPoint(readings, point(index * every, errorRateOf(index)), objectives, 20);
    expect(readings.points.length).toBeLessThanOrEqual(20);
    expect(readings.points.at(-1)?.at).toBe(index * every);
  }
  return readings.points;
}

describe('the readings that an operation keeps', () => {
  it('are all of them while they are few', () => {
    expect(kept(20, 500).map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, index) => index * 500));
  });

  it('are so many and no more however long it takes, evenly over all of its time', () => {
    const points = kept(5_000, 500);

    const distances = points.slice(1, -1).map(({ at }, index) => at - (points[index]?.at ?? 0));
    expect(points[0]?.at).toBe(0);
    expect(points.length).toBeGreaterThan(8);
    expect(Math.max(...distances)).toBeLessThanOrEqual(2 * Math.min(...distances));
  });

  it('still show the worst reading after they were thinned', () => {
    for (const worst of [3, 250, 499, 999]) {
      const points = kept(1_000, 500, (index) => (index === worst ? 0.25 : 0.001));

      expect([worst, Math.max(...points.map(({ green }) => green.values['error-rate'] ?? 0))]).toEqual([worst, 0.25]);
    }
  });

  it.each([
    ['below a lower bound', { min: 10 }, 3],
    ['above one of two', { min: 10, max: 100 }, 250],
    ['below one of two', { min: 10, max: 100 }, 3],
    ['nearest to a bound, where none is broken', { min: 10, max: 100 }, 11],
  ])('still show a reading %s after they were thinned', (_, bounds, worst) => {
    for (const at of [3, 499, 999]) {
      const points = kept(1_000, 500, (index) => (index === at ? worst : 50), bounds);

      expect([at, points.some(({ green }) => green.values['error-rate'] === worst)]).toEqual([at, true]);
    }
  });
});
