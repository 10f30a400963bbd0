import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFaults } from '../../../../sandbox/app/faults.ts';

describe('faults of the demo service', () => {
  it('spread errors evenly: at 0.25 every fourth request fails', () => {
    const faults = createFaults();
    faults.set({ version: 'v2', errorRate: 0.25 });

    const failed = Array.from({ length: 12 }, () => faults.nextRequestFails('v2'));

    expect(failed.flatMap((fails, index) => (fails ? [index] : []))).toEqual([3, 7, 11]);
  });

  it('of a version of one service leave the same version of another one alone', () => {
    const faults = createFaults();
    faults.set({ version: 'v2', service: 'shop', errorRate: 1 });
    faults.set({ version: 'v3', errorRate: 1 });

    expect(['shop', 'cart'].map((service) => faults.nextRequestFails('v2', service))).toEqual([true, false]);
    expect(['shop', 'cart'].map((service) => faults.nextRequestFails('v3', service))).toEqual([true, true]);

    faults.set({ version: 'v2', service: 'shop', errorRate: 0 });

    expect(faults.list()).toMatchObject([{ version: 'v3' }]);
  });

  it('fail the wanted share of any number of requests, within one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2000 }), (percent, requests) => {
        const faults = createFaults();
        faults.set({ version: 'v2', errorRate: percent / 100 });

        let failed = 0;
        for (let i = 0; i < requests; i += 1) if (faults.nextRequestFails('v2')) failed += 1;

        expect(Math.abs(failed - (requests * percent) / 100)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('leave other versions alone, and end when they are set back to nothing', () => {
    const faults = createFaults();
    faults.set({ version: 'v2', errorRate: 1, unhealthy: true });
    const whileBroken = [faults.nextRequestFails('v1'), faults.nextRequestFails('v2')];

    faults.set({ version: 'v2', errorRate: 0, unhealthy: false });

    expect(whileBroken).toEqual([false, true]);
    expect(faults.list()).toEqual([]);
    expect(faults.nextRequestFails('v2')).toBe(false);
  });

  it('change only what is named', () => {
    const faults = createFaults();
    faults.set({ version: 'v2', latencyMs: 50 });

    faults.set({ version: 'v2', unhealthy: true });

    expect(faults.of('v2')).toEqual({ version: 'v2', errorRate: 0, latencyMs: 50, unhealthy: true });
  });

  it('let a version crash, and stop doing so', () => {
    const faults = createFaults();

    faults.set({ version: 'v2', crashing: true });

    expect(faults.list()).toEqual([{ version: 'v2', errorRate: 0, latencyMs: 0, unhealthy: false, crashing: true }]);
    faults.set({ version: 'v2', crashing: false });
    expect(faults.list()).toEqual([]);
  });

  it('refuse a rate above 1 and a latency below 0', () => {
    const faults = createFaults();

    expect(() => faults.set({ version: 'v2', errorRate: 1.5 })).toThrow(RangeError);
    expect(() => faults.set({ version: 'v2', latencyMs: -1 })).toThrow(RangeError);
  });
});
