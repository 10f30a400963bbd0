import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRolloutStep, podsOf, type ReplicaCount } from '../../../../sandbox/kubernetes/controllers/rollout.ts';

const count = fc.record({ wanted: fc.nat(10), ready: fc.nat(10) });
const named = (name: string, { wanted, ready }: { wanted: number; ready: number }): ReplicaCount => ({
  name,
  wanted,
  available: Math.min(wanted, ready),
});
const total = (step: Map<string, number>): number => [...step.values()].reduce((sum, pods) => sum + pods, 0);

describe('rolling update', () => {
  it('starts a new Deployment with all its pods at once', () => {
    const current = { name: 'new', wanted: 0, available: 0 };

    const step = nextRolloutStep({ desired: 3, maxSurge: 1, maxUnavailable: 0, current, old: [] });

    expect([...step]).toEqual([['new', 3]]);
  });

  it('adds one new pod, and removes an old one only when the new one is available', () => {
    const old = [{ name: 'old', wanted: 3, available: 3 }];
    const bounds = { desired: 3, maxSurge: 1, maxUnavailable: 0, old };

    const before = nextRolloutStep({ ...bounds, current: { name: 'new', wanted: 1, available: 0 } });
    const after = nextRolloutStep({ ...bounds, current: { name: 'new', wanted: 1, available: 1 } });

    expect(Object.fromEntries(before)).toEqual({ old: 3, new: 1 });
    expect(Object.fromEntries(after)).toEqual({ old: 2, new: 1 });
  });

  it('never goes below the pods that must be available, and above the surge it adds none', () => {
    fc.assert(
      fc.property(
        count,
        fc.array(count, { maxLength: 3 }),
        fc.nat(10),
        fc.nat(3),
        fc.nat(3),
        (one, others, desired, surge, missing) => {
          const current = named('new', one);
          const old = others.map((other, index) => named(`old-${index}`, other));
          const floor = desired - (surge === 0 && missing === 0 ? 1 : missing);

          const step = nextRolloutStep({ desired, maxSurge: surge, maxUnavailable: missing, current, old });

          const before = current.wanted + old.reduce((sum, { wanted }) => sum + wanted, 0);
          const stillAvailable = old.reduce(
            (sum, { name, available }) => sum + Math.min(step.get(name) ?? 0, available),
            0,
          );
          const available = old.reduce((sum, one) => sum + one.available, current.available);
          const kept = stillAvailable + current.available;
          expect(kept).toBeGreaterThanOrEqual(Math.min(floor, available));
          expect(total(step)).toBeLessThanOrEqual(Math.max(before, desired + surge));
          expect(step.get('new')).toBeLessThanOrEqual(desired);
        },
      ),
    );
  });

  it('ends, when every pod becomes available, with the new ones only', () => {
    fc.assert(
      fc.property(fc.nat(10), fc.nat(10), fc.nat(3), fc.nat(3), (desired, old, maxSurge, maxUnavailable) => {
        let state = { new: 0, old };
        for (let round = 0; round < 40; round += 1) {
          const step = nextRolloutStep({
            desired,
            maxSurge,
            maxUnavailable,
            current: { name: 'new', wanted: state.new, available: state.new },
            old: [{ name: 'old', wanted: state.old, available: state.old }],
          });
          state = { new: step.get('new') ?? 0, old: step.get('old') ?? 0 };
        }

        expect(state).toEqual({ new: desired, old: 0 });
      }),
    );
  });

  it('reads percentages as Kubernetes does: a surge up, missing pods down', () => {
    expect([podsOf('25%', 3, 'up'), podsOf('25%', 3, 'down'), podsOf(2, 3, 'up'), podsOf('30%', 10, 'up')]).toEqual([
      1, 0, 2, 3,
    ]);
  });
});
