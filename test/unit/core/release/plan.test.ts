import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../../contracts/duration.ts';
import { timetable, waysBack } from '../../../../core/release/plan.ts';

const service = {
  // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml
  standby: { keepWarm: hours(2), afterAbort: hours(0), then: 1 },
  alerts: { severities: ['critical'], rollbackWithin: hours(1), repeatInterval: hours(4) },
  deadlines: {
    ...{ sync: minutes(10), comparison: minutes(2), capacity: minutes(10), lock: hours(12), window: hours(24) },
    ...{ switch: hours(1), pause: hours(1), rollback: minutes(15), observation: hours(12), operation: hours(48) },
  },
};

describe('the timetable of a deployment', () => {
  it('has each step after the ones before, and the bake at the end', () => {
    const traffic = {
      ...{ router: 'istio' as const, route: { namespace: 'production', name: 'shop' }, host: null },
      ...{ steps: [5, 50, 100], interval: minutes(5), pauseAfter: [], requestsPerSecond: null },
    };

    const { steps, least } = timetable({ traffic, bake: minutes(10) });

    expect(steps).toEqual([
      { weight: 5, begins: 0, lasts: minutes(5) },
      { weight: 50, begins: minutes(5), lasts: minutes(5) },
      { weight: 100, begins: minutes(10), lasts: minutes(5) },
    ]);
    expect(least).toBe(minutes(25));
  });
});

describe('how the traffic would go back', () => {
  it('takes seconds while the origin is warm, and minutes once it was lowered (I8)', () => {
    expect(waysBack(service, { reversible: true }).map(({ when, takes }) => [when, takes])).toEqual([
      ['from the first step to the end of the bake', 'seconds'],
      ['for 2 h after the end', 'seconds'],
      ['later than 2 h after the end', 'minutes'],
    ]);
  });

  it('waits for a person where the release cannot be undone', () => {
    const [first, ...later] = waysBack(service, { reversible: false });

    expect(first).toMatchObject({ takes: 'person', text: expect.stringContaining('within 1 h') });
    expect(later.map(({ takes }) => takes)).toEqual(['minutes']);
  });
});
