import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allOn, type EnvironmentName, otherEnvironment, type Weights } from '../../../../contracts/names.ts';
import { capacityFor, warmCapacity } from '../../../../core/traffic/capacity.ts';
import { nextWeights } from '../../../../core/traffic/plan.ts';
import { percentOn, soleEnvironment } from '../../../../core/traffic/weights.ts';

const environment = fc.constantFrom<EnvironmentName>('blue', 'green');
const steps = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 })
  .map((some) => [...some.toSorted((a, b) => a - b), 100]);

describe('the next weights of a shift', () => {
  it('follow the live route, wherever it is', () => {
    const plan = { steps: [5, 25, 50, 100], target: 'green' } as const;

    expect(nextWeights(plan, allOn('blue'))).toEqual({ kind: 'move', to: 5, weights: { blue: 95, green: 5 } });
    expect(nextWeights(plan, { blue: 70, green: 30 })).toMatchObject({ to: 50 });
    expect(nextWeights(plan, allOn('green'))).toEqual({ kind: 'done' });
  });

  it('of a switch by hand go to one percentage and stop', () => {
    const plan = { steps: [30], target: 'blue' } as const;

    expect(nextWeights(plan, allOn('green'))).toMatchObject({ to: 30 });
    expect(nextWeights(plan, percentOn('blue', 30))).toEqual({ kind: 'done' });
  });

  it('only ever raise the target, reach 100 and end, there and back again', () => {
    fc.assert(
      fc.property(environment, steps, fc.integer({ min: 0, max: 100 }), (target, plan, start) => {
        for (const side of [target, otherEnvironment(target)]) {
          let live: Weights = percentOn(side, start);
          for (let move = nextWeights({ steps: plan, target: side }, live); move.kind === 'move'; ) {
            expect(move.weights[side]).toBeGreaterThan(live[side]);
            expect(move.weights.blue + move.weights.green).toBe(100);
            live = move.weights;
            move = nextWeights({ steps: plan, target: side }, live);
          }
          expect(soleEnvironment(live)).toBe(side);
        }
      }),
    );
  });
});

describe('capacity', () => {
  const bounds = { min: 3, max: 10, minAvailable: 2 };

  it('is the share of what the origin needed, within the bounds', () => {
    expect(capacityFor({ weight: 5, originReplicas: 8, bounds })).toBe(2);
    expect(capacityFor({ weight: 50, originReplicas: 7, bounds })).toBe(4);
    expect(capacityFor({ weight: 100, originReplicas: 1, bounds })).toBe(3);
    expect(capacityFor({ weight: 100, originReplicas: 14, bounds })).toBe(10);
  });

  it('never shrinks as the weight grows, and the origin keeps what it had (I8)', () => {
    const weight = fc.integer({ min: 1, max: 100 });
    const allowed = fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }))
      .map(([a, b, c]) => ({ min: a, minAvailable: b, max: Math.max(a, b, c) }));
    fc.assert(
      fc.property(allowed, fc.nat({ max: 40 }), weight, weight, (range, originReplicas, a, b) => {
        const at = (one: number) => capacityFor({ weight: one, originReplicas, bounds: range });

        expect(at(Math.max(a, b))).toBeGreaterThanOrEqual(at(Math.min(a, b)));
        expect(at(a)).toBeGreaterThanOrEqual(range.minAvailable);
        expect(at(a)).toBeLessThanOrEqual(range.max);
        expect(warmCapacity({ originReplicas, bounds: range })).toBeGreaterThanOrEqual(
          Math.min(originReplicas, range.max),
        );
      }),
    );
  });
});
