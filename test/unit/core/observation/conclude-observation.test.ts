import { describe, expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { formatInstant, later, parseInstant } from '../../../../contracts/instant.ts';
import type { Observation } from '../../../../contracts/records/operation.ts';
import { concludeObservation } from '../../../../core/observation/conclude-observation.ts';
import { readFixture } from '../../pipeline/support/world.ts';

const [service] = (await readFixture()).services;
if (service === undefined) throw new Error('the fixture has no service');
const start = parseInstant('2026-11-23T10:00:00Z');
const after = (many: number) => later(start, minutes(many));
const seen = (...steps: readonly [minute: number, share: number][]): Observation['seen'] =>
  steps.map(([minute, share]) => ({
    at: formatInstant(after(minute)),
    weights: { blue: 100 - share, green: share },
    share,
  }));
const back = {
  ...{ kind: 'return' as const, at: formatInstant(after(3)), share: 25 },
  reason: 'Error rate 20 %, limit 1 %, for 5 min [ObjectiveBroken]',
};
const paused = {
  ...{ kind: 'pause' as const, at: formatInstant(after(3)), share: 25 },
  reason: 'no data [Inconclusive]',
};

/** What comes of it after so many minutes, with an interval of 5 min, a bake of 10 min and 12 h in all. */
const conclude = (
  minute: number,
  observed: { seen: Observation['seen']; decisions?: Observation['decisions']; isBaked?: boolean },
) =>
  concludeObservation(service, {
    observation: { seen: observed.seen, decisions: observed.decisions ?? [] },
    version: 'v2.1.0',
    startedAt: formatInstant(start),
    isBaked: observed.isBaked ?? false,
    now: after(minute),
  });

describe('an observation', () => {
  it('goes on while the release waits for traffic, has some of it, or has all of it for too short a time', () => {
    expect(conclude(60, { seen: seen([0, 0]) })).toBeNull();
    expect(conclude(60, { seen: seen([0, 0], [10, 25]) })).toBeNull();
    expect(conclude(60, { seen: seen([0, 0], [10, 25], [20, 100]) })).toBeNull();
    // Taken away a moment ago: it may be on its way to the stable side.
    expect(conclude(24, { seen: seen([0, 25], [20, 0]) })).toBeNull();
  });

  it('would have succeeded once all the traffic was judged good', () => {
    const ended = conclude(30, { seen: seen([1, 25], [20, 100]), isBaked: true });

    expect(ended?.ending).toBe('would-succeed');
    expect(ended?.reason).toContain(
      '[WouldSucceed]. The other pipeline gave it all of the traffic at 2026-11-23 10:20',
    );
  });

  it('would have been rolled back, and says when, at which weight, why, and what the other pipeline did', () => {
    const steps = seen([1, 25], [20, 100]);

    expect(conclude(29, { seen: steps, decisions: [back] })).toBeNull();
    expect(conclude(30, { seen: steps, decisions: [back] })).toEqual({
      ending: 'would-roll-back',
      reason:
        'Sluice would have taken the traffic of v2.1.0 back at 2026-11-23 10:03:00Z, at 25 %: Error rate 20 %, limit 1 %, for 5 min [ObjectiveBroken]. The other pipeline gave it all of the traffic at 2026-11-23 10:20:00Z.',
    });
    expect(conclude(25, { seen: seen([1, 25], [20, 0]), decisions: [paused, back] })).toMatchObject({
      ending: 'would-roll-back',
      reason: expect.stringContaining('The other pipeline took the traffic away at 2026-11-23 10:20:00Z, after 25 %.'),
    });
  });

  it('says nothing for certain of a release that was taken away without a reason, or about which a person had been asked', () => {
    expect(conclude(25, { seen: seen([1, 25], [20, 0]) })).toMatchObject({ ending: 'inconclusive' });
    expect(conclude(40, { seen: seen([1, 25], [20, 100]), decisions: [paused], isBaked: true })).toMatchObject({
      ending: 'inconclusive',
      reason: expect.stringContaining('Sluice would have paused at 2026-11-23 10:03:00Z, at 25 %'),
    });
  });

  it('ends at its deadline, whatever it has seen (I11)', () => {
    expect(conclude(719, { seen: seen([0, 0]) })).toBeNull();
    expect(conclude(720, { seen: [] })).toMatchObject({ ending: 'expired' });
    expect(conclude(720, { seen: seen([0, 0]) })).toMatchObject({
      ending: 'expired',
      reason: expect.stringContaining('[NothingObserved]'),
    });
    expect(conclude(720, { seen: seen([10, 50]) })).toMatchObject({ ending: 'inconclusive' });
    expect(conclude(720, { seen: seen([10, 50]), decisions: [back] })).toMatchObject({ ending: 'would-roll-back' });
  });
});
