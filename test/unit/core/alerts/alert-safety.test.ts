import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hours, minutes } from '../../../../contracts/duration.ts';
import { instant, later } from '../../../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../../../contracts/names.ts';
import { operationKinds } from '../../../../contracts/operation.ts';
import { type AlertSituation, decideAlert } from '../../../../core/alerts/decide-alert.ts';
import { soleEnvironment } from '../../../../core/traffic/weights.ts';

const now = instant(100_000_000);
const environment = fc.constantFrom<EnvironmentName>('blue', 'green');
const situation: fc.Arbitrary<AlertSituation> = fc
  .record({
    environment: fc.option(environment, { nil: null }),
    blue: fc.constantFrom(0, 5, 50, 95, 100, null),
    operation: fc.option(fc.record({ kind: fc.constantFrom(...operationKinds), target: environment }), { nil: null }),
    lastDeployment: fc.option(fc.record({ environment, ago: fc.integer({ min: 0, max: 120 }) }), { nil: null }),
  })
  .map(({ blue, operation, lastDeployment, ...given }) => ({
    ...given,
    // Null: somebody has taken all weights away.
    live: { weights: blue === null ? { blue: 0, green: 0 } : { blue, green: 100 - blue } },
    operation: operation && { id: 'o1', ...operation, origin: otherEnvironment(operation.target) },
    lastDeployment: lastDeployment && {
      environment: lastDeployment.environment,
      countsFrom: later(now, minutes(-lastDeployment.ago)),
    },
    rollbackWithin: hours(1),
    now,
  }));

const holds = (rule: (asked: AlertSituation, decided: ReturnType<typeof decideAlert>) => void) =>
  fc.assert(
    fc.property(situation, (asked) => rule(asked, decideAlert(asked))),
    { numRuns: 500 },
  );
/** Whether the side has traffic, where any side has. */
const hasTraffic = ({ live: { weights } }: AlertSituation, side: EnvironmentName) => weights[side] > 0;

describe('whatever alert fires, and whenever', () => {
  it('it never undoes a rollback that is at work (I7)', () => {
    holds((asked, decided) => {
      if (asked.operation?.kind !== 'rollback') return;

      expect(decided).toMatchObject({ kind: 'ignore', reason: 'rollback-in-progress' });
    });
  });

  it('it changes nothing about a side without traffic (I7)', () => {
    holds((asked, decided) => {
      const { weights } = asked.live;
      if (asked.environment === null || hasTraffic(asked, asked.environment) || weights.blue + weights.green === 0)
        return;

      expect(decided.kind).toBe('ignore');
    });
  });

  it('it sends the traffic away from the side that it names, which has traffic, and nowhere where it names none', () => {
    holds((asked, decided) => {
      if (decided.kind !== 'return') return;

      expect(asked.environment).toBe(otherEnvironment(decided.to));
      expect(hasTraffic(asked, otherEnvironment(decided.to))).toBe(true);
    });
  });

  it('it never raises the origin of what is at work for an alert about that origin, nor any side by guess (I7)', () => {
    holds((asked, decided) => {
      if (asked.operation === null || asked.environment !== asked.operation.origin) return;

      expect(['pause', 'ignore', 'compare-sides']).toContain(decided.kind);
    });
  });

  it('it returns the target of what is at work, and at rest only what was deployed within `rollbackWithin`', () => {
    holds((asked, decided) => {
      const { operation, lastDeployment, environment } = asked;
      if (operation !== null && operation.kind !== 'rollback' && environment === operation.target) {
        const { blue, green } = asked.live.weights;
        if (blue + green > 0 && hasTraffic(asked, operation.target))
          expect(decided).toMatchObject({ kind: 'return', to: operation.origin });
        return;
      }
      if (decided.kind !== 'return') return;

      expect(operation).toBeNull();
      expect(soleEnvironment(asked.live.weights)).toBe(lastDeployment?.environment);
      expect(now - (lastDeployment?.countsFrom ?? 0)).toBeLessThanOrEqual(asked.rollbackWithin);
    });
  });
});
