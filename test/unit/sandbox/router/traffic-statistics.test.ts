import { describe, expect, it } from 'vitest';
import { createTrafficStatistics } from '../../../../sandbox/router/traffic-statistics.ts';

const service = 'chest-xray-mlops';

function at(start: number) {
  let now = start;
  const statistics = createTrafficStatistics(() => now);
  return {
    statistics,
    pass: (milliseconds: number): void => {
      now += milliseconds;
    },
    now: () => now,
    see: (environment: string, status: number, milliseconds: number): void =>
      statistics.record({ service, environment, status, milliseconds }),
  };
}

describe('traffic statistics', () => {
  it('counts requests and errors of one environment only', () => {
    const world = at(1_000_000);
    for (let i = 0; i < 8; i += 1) world.see('blue', i < 2 ? 500 : 200, 10);
    world.see('green', 500, 10);

    const blue = world.statistics.summary(service, 'blue', world.now() - 30_000);

    expect(blue).toMatchObject({ requests: 8, errors: 2, errorRate: 0.25 });
  });

  it('forgets what is older than the window', () => {
    const world = at(1_000_000);
    world.see('blue', 500, 10);
    world.pass(5000);
    world.see('blue', 200, 10);

    const lately = world.statistics.summary(service, 'blue', world.now() - 2000);

    expect(lately).toMatchObject({ requests: 1, errors: 0 });
  });

  it('gives percentiles in seconds, right within 5 %', () => {
    const world = at(1_000_000);
    for (let i = 1; i <= 100; i += 1) world.see('blue', 200, i * 10);

    const { latencyP50, latencyP95 } = world.statistics.summary(service, 'blue', 0);

    expect(Math.abs((latencyP50 ?? 0) / 0.5 - 1)).toBeLessThan(0.05);
    expect(Math.abs((latencyP95 ?? 0) / 0.95 - 1)).toBeLessThan(0.05);
  });

  it('says that there is no latency without a request', () => {
    const world = at(1_000_000);

    const nothing = world.statistics.summary(service, 'green', 0);

    expect(nothing).toMatchObject({ requests: 0, errorRate: 0, latencyP50: null, latencyP95: null });
  });

  it('keeps the totals after the window is gone', () => {
    const world = at(1_000_000);
    world.see('blue', 200, 1);
    world.pass(3 * 60 * 60 * 1000);
    world.see('blue', 200, 1);

    expect(world.statistics.totals()).toEqual({ [service]: { blue: 2 } });
    expect(world.statistics.summary(service, 'blue', 0).requests).toBe(1);
  });
});
