import { describe, expect, it } from 'vitest';
import {
  decideSwitch,
  desiredWeight,
  risingSide,
  type SwitchRequest,
  type SwitchSituation,
} from '../../../../core/traffic/decide-switch.ts';

const request: SwitchRequest = { from: 'green', to: 'blue', percentage: 50 };
const situation: SwitchSituation = {
  live: { blue: 0, green: 100 },
  standing: { version: 'v2.0.5', approved: true, hold: null },
  failing: [],
  data: 'replicated',
};
const reasonOf = (asked: Partial<SwitchRequest>, found: Partial<SwitchSituation> = {}) => {
  const decision = decideSwitch({ ...request, ...asked }, { ...situation, ...found });
  return decision.kind === 'refuse' ? `${decision.because}: ${decision.reason}` : decision.kind;
};

describe('a switch of the traffic by hand', () => {
  it('goes from the active environment to a release that is approved and healthy', () => {
    expect(decideSwitch(request, situation)).toEqual({ kind: 'switch', origin: 'green', target: 'blue' });
    expect(reasonOf({}, { failing: null })).toBe('switch');
  });

  it.each([
    ['is split already', { live: { blue: 5, green: 95 } }, {}, 'weights: the traffic is split 5:95; return'],
    [
      'is on the other side',
      {},
      { from: 'blue', to: 'green' } as const,
      'weights: green has all the traffic, not blue',
    ],
    ['has nothing to send back', {}, { percentage: 0 }, 'weights: green has all the traffic, so there is nothing'],
    ['would go to nothing', { standing: null }, {}, 'not-ready: blue runs nothing that Sluice knows'],
    [
      'would go to a release that nobody approved (I3)',
      { standing: { version: 'v2.0.5', approved: false, hold: null } },
      {},
      'not-ready: v2.0.5 on blue was never approved',
    ],
    [
      'would go to a release on hold (I6)',
      { standing: { version: 'v2.0.5', approved: true, hold: 'it leaks' } },
      {},
      'not-ready: v2.0.5 on blue is on hold: it leaks',
    ],
    [
      'would go to an unhealthy one (I2)',
      { failing: ['ready: 503'] },
      {},
      'not-ready: v2.0.5 on blue is not healthy: ready: 503',
    ],
    ['would let two databases diverge', { data: 'separate' } as const, {}, 'not-ready: with `data: separate`'],
  ])('is refused when the traffic %s', (_, found, asked, reason) => {
    expect(reasonOf(asked, found)).toContain(reason);
  });

  it('of everything at once is possible with separate databases', () => {
    expect(reasonOf({ percentage: 100 }, { data: 'separate' })).toBe('switch');
  });
});

it('a request during a switch is about its target, whichever way it is worded', () => {
  expect(desiredWeight({ from: 'green', to: 'blue', percentage: 70 }, 'blue')).toBe(70);
  expect(desiredWeight({ from: 'blue', to: 'green', percentage: 70 }, 'blue')).toBe(30);
  expect(desiredWeight({ from: 'blue', to: 'green', percentage: 100 }, 'blue')).toBe(0);
});

it('the side that rises is the one that has to be ready (I2)', () => {
  expect(risingSide('blue', 50, { blue: 20, green: 80 })).toEqual({ environment: 'blue', weight: 50 });
  expect(risingSide('blue', 20, { blue: 50, green: 50 })).toEqual({ environment: 'green', weight: 80 });
});
