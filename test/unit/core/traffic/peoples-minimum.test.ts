import { describe, expect, it } from 'vitest';
import { capacityObstacle, peoplesMinimum } from '../../../../core/traffic/capacity.ts';

describe('the minimum that people want (ADR 35)', () => {
  it.each([
    ['what the chart brought is nobody’s wish', { live: 3, written: null, remembered: null, usual: 3 }, null],
    ['more than the chart’s is one', { live: 5, written: null, remembered: null, usual: 3 }, 5],
    ['what Sluice wrote is none', { live: 8, written: 8, remembered: null, usual: 3 }, null],
    ['what they set before is remembered', { live: 8, written: 8, remembered: 5, usual: 3 }, 5],
    ['more than Sluice wrote is theirs', { live: 9, written: 8, remembered: 5, usual: 3 }, 9],
    ['they take it back by less', { live: 2, written: 8, remembered: 5, usual: 3 }, 2],
    ['a Deployment put to sleep is no wish for a minimum', { live: 0, written: 8, remembered: 5, usual: 3 }, null],
  ])('%s', (_what, seen, wanted) => {
    expect(peoplesMinimum(seen)).toBe(wanted);
  });
});

describe('what stands in the way of a shift', () => {
  const question = {
    needed: 8,
    weight: 100,
    environment: 'green',
    namespace: 'production-green',
    autoscaler: { kind: 'ScaledObject', name: 'xray' },
  } as const;
  const seen = {
    object: 'ScaledObject production-green/xray',
    limit: { field: 'maxReplicaCount', pods: 8 },
    problem: null,
  };

  it('is nothing when the maximum is enough, or nothing limits it', () => {
    expect(capacityObstacle(seen, question)).toBeNull();
    expect(capacityObstacle({ ...seen, limit: null }, question)).toBeNull();
  });

  it.each([
    [
      'too small a maximum',
      { ...seen, limit: { field: 'maxReplicaCount', pods: 7 } },
      'Set maxReplicaCount to at least 8',
    ],
    ['no such object', null, 'green has no scaledobject production-green/xray'],
    [
      'one that does not decide',
      { ...seen, problem: { message: 'it is paused' } },
      'green cannot be given its capacity. it is paused [CapacityRefused].',
    ],
  ])('is %s, and it is said what to do', (_what, found, told) => {
    expect(capacityObstacle(found, question)).toContain(told);
  });
});
