import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EnvironmentName, environmentNames, otherEnvironment } from '../../../../contracts/names.ts';
import {
  afterPause,
  betterSide,
  compareSides,
  type SideObservation,
} from '../../../../core/judgement/compare-sides.ts';
import { missing, type Reading } from '../../../../core/judgement/reading.ts';

const objectives = [
  { name: 'errors', max: 0.01 },
  { name: 'latency', max: 2 },
];
type Health = 'healthy' | 'unhealthy' | 'gone';
const healthOf = (health: Health) => ({ serves: health !== 'gone', healthy: health === 'healthy' });
const side = (errors: number | null, latency: number, health: Health = 'healthy') => ({
  ...healthOf(health),
  readings: {
    errors: (errors === null ? { kind: 'no-data' } : { kind: 'value', value: errors }) as Reading,
    latency: { kind: 'value', value: latency } as Reading,
  },
});

const withoutTraffic = (health: Health) => ({ ...healthOf(health), readings: null });

describe('comparing both sides', () => {
  it.each([
    ['neither is bad', side(0, 1), side(0, 1), 'none-bad', null],
    ['only one is bad', side(0, 1), side(0.5, 1), 'one-bad', 'blue'],
    ['both are bad, one in fewer ways', side(0.5, 1), side(0.5, 9), 'both-bad', 'blue'],
    ['both are bad in the same way, one less', side(0.5, 1), side(0.2, 1), 'both-bad', 'green'],
    ['both are equally bad', side(0.5, 1), side(0.5, 1), 'both-bad', null],
    ['both are bad, one not even healthy', side(0.9, 9), side(0.2, 1, 'unhealthy'), 'both-bad', 'blue'],
    ['one is bad and of the other something is unknown (I7)', side(null, 1), side(0.5, 1), 'inconclusive', null],
    ['one is bad, the other healthy without traffic', withoutTraffic('healthy'), side(0.5, 1), 'one-bad', 'blue'],
    ['one is bad, the other unhealthy without traffic', withoutTraffic('unhealthy'), side(0.5, 1), 'both-bad', 'green'],
    ['both are bad, the better one without a pod', side(0.5, 1, 'unhealthy'), side(0.2, 1, 'gone'), 'both-bad', 'blue'],
    ['neither has a pod', side(0.5, 1, 'gone'), side(0.2, 1, 'gone'), 'both-bad', null],
    [
      'both are unhealthy, one never measured',
      withoutTraffic('unhealthy'),
      side(0.5, 1, 'unhealthy'),
      'both-bad',
      null,
    ],
    ['both are bad, the one that looks better partly unknown', side(null, 3), side(0.5, 4), 'both-bad', null],
  ] as const)('when %s', (_name, blue, green, kind, better) => {
    const comparison = compareSides(objectives, { blue, green });

    expect(comparison.kind).toBe(kind);
    expect(betterSide(comparison)).toBe(better);
  });
});

describe('comparing both sides by a lower bound', () => {
  const measured = (name: string, value: number) => ({
    ...healthOf('healthy'),
    readings: { [name]: { kind: 'value', value } as Reading },
  });
  const compared = (objective: Parameters<typeof compareSides>[0][number], blue: number, green: number) => {
    const comparison = compareSides([objective], {
      blue: measured(objective.name, blue),
      green: measured(objective.name, green),
    });
    return [comparison.kind, betterSide(comparison)];
  };
  const throughput = { name: 'throughput', min: 10 };
  const success = { name: 'success', min: 0.99, unit: 'ratio' as const };

  it.each([
    ['only one is below it', throughput, 12, 3, 'one-bad', 'blue'],
    ['one is on it', throughput, 10, 9, 'one-bad', 'blue'],
    ['both are below it, one less', throughput, 3, 5, 'both-bad', 'green'],
    ['both are below it, one has nothing at all', throughput, 0, 0.1, 'both-bad', 'green'],
    ['neither has anything', throughput, 0, 0, 'both-bad', null],
    ['both are below a share, one less', success, 0.98, 0.9, 'both-bad', 'blue'],
    ['both are below a bound of 0, one less', { name: 'balance', min: 0 }, -5, -2, 'both-bad', 'green'],
    ['both are below a negative bound, one less', { name: 'balance', min: -1 }, -5, -2, 'both-bad', 'green'],
  ] as const)('when %s', (_name, objective, blue, green, kind, better) => {
    expect(compared(objective, blue, green)).toEqual([kind, better]);
  });

  it('counts a share of good answers like the share of bad ones that it is the rest of', () => {
    const slow = { name: 'latency', max: 1 };
    const both = (share: number, latency: number) => ({
      ...healthOf('healthy'),
      readings: {
        success: { kind: 'value', value: share } as Reading,
        latency: { kind: 'value', value: latency } as Reading,
      },
    });
    // Five times the bad answers that are allowed, beside three times the time.
    const comparison = compareSides([success, slow], { blue: both(0.95, 0.1), green: both(1, 3) });

    expect(betterSide(comparison)).toBe('green');
  });
});

it.each([
  ['neither side is bad', { kind: 'none-bad' }, 'return'],
  ['the target is bad', { kind: 'one-bad', bad: 'green', reasons: [] }, 'return'],
  ['the origin is bad', { kind: 'one-bad', bad: 'blue', reasons: [] }, 'freeze'],
  ['both are bad', { kind: 'both-bad', lessBad: 'blue', reasons: [] }, 'freeze'],
  ['it cannot be said', { kind: 'inconclusive', reasons: [] }, 'freeze'],
] as const)('a pause of which nobody decided, when %s, raises no side blindly (I7)', (_, comparison, decided) => {
  expect(afterPause(comparison, 'green')).toBe(decided);
});

describe('of any two sides', () => {
  const reading = (values: readonly number[]): fc.Arbitrary<Reading> =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...values).map((value): Reading => ({ kind: 'value', value })) },
      fc.constantFrom<Reading>({ kind: 'no-data' }, { kind: 'unreachable', reason: 'no answer' }),
    );
  const anySide: fc.Arbitrary<SideObservation> = fc
    .record({
      serves: fc.boolean(),
      passes: fc.boolean(),
      readings: fc.option(fc.record({ errors: reading([0, 0.005, 0.02, 0.5]), latency: reading([0.1, 1, 2.5, 9]) }), {
        nil: null,
        freq: 4,
      }),
      alerts: fc.subarray(['HighErrorRate', 'PodsRestart']),
    })
    .map(({ passes, ...given }) => ({ ...given, healthy: given.serves && passes }));
  const anySides = fc.record<Record<EnvironmentName, SideObservation>>({ blue: anySide, green: anySide });
  const anyEnvironment = fc.constantFrom<EnvironmentName>('blue', 'green');
  const isBad = ({ healthy, alerts = [], readings }: SideObservation) =>
    !healthy ||
    alerts.length > 0 ||
    objectives.some(({ name, max }) => {
      const one = readings?.[name];
      return one?.kind === 'value' && one.value > max;
    });
  const isUnknown = ({ readings }: SideObservation) =>
    readings !== null && objectives.some(({ name }) => missing(readings[name]) !== null);
  const runs = { numRuns: 1_000 };

  /** The same side with something about it that is worse. */
  const worse: fc.Arbitrary<(side: SideObservation) => SideObservation> = fc.oneof(
    fc.constantFrom(
      (side: SideObservation) => ({ ...side, serves: false, healthy: false }),
      (side: SideObservation) => ({ ...side, healthy: false }),
      (side: SideObservation) => ({ ...side, alerts: [...(side.alerts ?? []), 'Another'] }),
    ),
    fc
      .record({ name: fc.constantFrom('errors', 'latency'), by: fc.constantFrom(0.01, 0.3, 3, 20) })
      .map(({ name, by }) => (side: SideObservation) => {
        const one = side.readings?.[name];
        if (one?.kind !== 'value') return side;
        return { ...side, readings: { ...side.readings, [name]: { kind: 'value' as const, value: one.value + by } } };
      }),
  );

  it('one without a ready pod is never the better one', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const better = betterSide(compareSides(objectives, sides));
        if (better !== null) expect(sides[better].serves).toBe(true);
      }),
      runs,
    );
  });

  it('more that is bad about one never makes it the better one, nor lets a pause return to it', () => {
    fc.assert(
      fc.property(anySides, anyEnvironment, worse, (sides, name, make) => {
        const before = compareSides(objectives, sides);
        const after = compareSides(objectives, { ...sides, [name]: make(sides[name]) });

        // What is not known of one that turns bad is not waited for any more: then it is compared by its health.
        if (before.kind !== 'inconclusive' && betterSide(before) !== name) expect(betterSide(after)).not.toBe(name);
        const target = otherEnvironment(name);
        if (afterPause(before, target) === 'freeze') expect(afterPause(after, target)).toBe('freeze');
      }),
      runs,
    );
  });

  it('one that is not bad is the better one only if all is known of it: nothing is raised blindly (I7)', () => {
    fc.assert(
      fc.property(anySides, (sides) => {
        const better = betterSide(compareSides(objectives, sides));
        if (better === null || isBad(sides[better])) return;

        expect(isUnknown(sides[better])).toBe(false);
        expect(isBad(sides[otherEnvironment(better)])).toBe(true);
      }),
      runs,
    );
  });

  it('of two that are bad and equally healthy, the better one is fully known', () => {
    fc.assert(
      fc.property(anySides, ({ blue, green }) => {
        fc.pre(isBad(blue) && isBad(green) && blue.serves === green.serves && blue.healthy === green.healthy);
        const better = betterSide(compareSides(objectives, { blue, green }));
        if (better === null) return;

        const side = better === 'blue' ? blue : green;
        expect([side.readings === null, isUnknown(side)]).toEqual([false, false]);
      }),
      runs,
    );
  });

  it('of two that are bad in the same ways, the better one is not the one whose worst is worse', () => {
    fc.assert(
      fc.property(anySide, fc.constantFrom('errors', 'latency'), anyEnvironment, (side, name, other) => {
        const one = side.readings?.[name];
        const bound = objectives.find((objective) => objective.name === name)?.max ?? 0;
        fc.pre(side.serves && !isUnknown(side) && one?.kind === 'value' && one.value > bound);
        const readings = { ...side.readings, [name]: { kind: 'value' as const, value: 1_000 } };
        const sides = { blue: side, green: side, [other]: { ...side, readings } };

        expect(betterSide(compareSides(objectives, sides))).toBe(otherEnvironment(other));
      }),
      runs,
    );
  });

  it('a pause of which nobody decided goes back only to an origin that is known to be good (I7)', () => {
    fc.assert(
      fc.property(anySides, anyEnvironment, (sides, target) => {
        if (afterPause(compareSides(objectives, sides), target) !== 'return') return;

        const origin = sides[otherEnvironment(target)];
        expect([isBad(origin), isUnknown(origin)]).toEqual([false, false]);
      }),
      runs,
    );
  });

  it('which of them is called blue changes nothing', () => {
    fc.assert(
      fc.property(anySides, ({ blue, green }) => {
        const one = compareSides(objectives, { blue, green });
        const other = compareSides(objectives, { blue: green, green: blue });

        expect(other.kind).toBe(one.kind);
        const better = betterSide(one);
        expect(betterSide(other)).toBe(better && otherEnvironment(better));
        expect(environmentNames).toContain(better ?? 'blue');
      }),
      runs,
    );
  });
});
