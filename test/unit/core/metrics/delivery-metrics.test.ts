import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../../contracts/instant.ts';
import { type CountedOperation, deliveryMetrics, spreadOf } from '../../../../core/metrics/delivery-metrics.ts';

const time = { from: parseInstant('2026-11-01T00:00:00Z'), to: parseInstant('2026-11-11T00:00:00Z') };
const minute = 60_000;
let made = 0;

/** `10:05` on a day of November. */
const at = (day: number, clock: string) => `2026-11-${String(day).padStart(2, '0')}T${clock}:00.000Z`;
const alert = { kind: 'alert', service: 'shop', environment: 'green' } as CountedOperation['trigger'];
const person = (over: object) => ({ kind: 'person', wants: 'rollback', ...over }) as CountedOperation['trigger'];

function operation(changes: Partial<CountedOperation>): CountedOperation {
  made += 1;
  return {
    ...{ id: `01${String(made).padStart(4, '0')}`, kind: 'deployment', service: 'shop', outcome: 'succeeded' },
    trigger: { kind: 'workflow-run' } as CountedOperation['trigger'],
    ...{ startedAt: at(2, '10:00'), endedAt: at(2, '11:00'), shiftedAt: at(2, '10:30') },
    ...{ weights: { blue: 0, green: 100 }, related: null, committedAt: at(2, '09:00'), phases: [] },
    ...changes,
  };
}

const rollback = (changes: Partial<CountedOperation>) =>
  operation({ kind: 'rollback', trigger: alert, startedAt: at(3, '12:00'), endedAt: at(3, '12:20'), ...changes });

const of = (...operations: CountedOperation[]) => deliveryMetrics(operations, time);

describe('metrics of deliveries', () => {
  it('of nothing are nothing: no share, no time, no fault', () => {
    expect(of()).toEqual({
      deployments: { began: 0, open: 0, outcomes: {} },
      ...{ deploymentFrequency: 0, rollbackFrequency: 0 },
      ...{ leadTime: null, changeFailureRate: null, timeToRestore: null, successRate: null },
      rollbacks: { automatic: 0, emergency: 0, planned: 0 },
      phases: {},
    });
  });

  it('count deployments by outcome; those under way are open and in no rate', () => {
    const found = of(
      operation({}),
      operation({ outcome: 'rejected', shiftedAt: null }),
      operation({ outcome: null, endedAt: null, shiftedAt: null }),
    );

    expect(found.deployments).toEqual({ began: 3, open: 1, outcomes: { succeeded: 1, rejected: 1 } });
    expect(found).toMatchObject({ deploymentFrequency: 0.1, successRate: 0.5, changeFailureRate: 0 });
  });

  it('count only what began in the time, its first moment included and its last not', () => {
    const found = of(
      operation({ startedAt: at(1, '00:00') }),
      operation({ startedAt: at(11, '00:00') }),
      operation({ startedAt: '2026-10-31T23:59:00.000Z' }),
    );

    expect(found.deployments.began).toBe(1);
  });

  it('have the lead time from the commit to the end, of those that succeeded and whose commit is known', () => {
    const found = of(
      operation({ committedAt: at(2, '10:00') }),
      operation({ committedAt: at(2, '09:00') }),
      operation({ committedAt: null }),
      operation({ outcome: 'failed-validation', committedAt: at(2, '01:00') }),
    );

    expect(found.leadTime).toEqual({ count: 2, median: 60 * minute, p90: 120 * minute });
  });

  it('call a change failed that was taken back with traffic, and none that failed before it had any or was aborted', () => {
    const found = of(
      operation({}),
      operation({ outcome: 'rolled-back' }),
      operation({ outcome: 'failed', shiftedAt: null }),
      operation({ outcome: 'aborted' }),
    );

    expect(found.changeFailureRate).toBeCloseTo(1 / 3);
  });

  it('call a change failed that had succeeded and was taken back later, by an alert or in an emergency, and not by plan', () => {
    const good = operation({ startedAt: at(2, '08:00'), endedAt: at(2, '09:00') });
    const newest = operation({});
    const emergency = person({ emergency: true });

    expect(of(good, newest, rollback({})).changeFailureRate).toBe(0.5);
    expect(of(good, newest, rollback({ trigger: emergency })).changeFailureRate).toBe(0.5);
    expect(of(good, newest, rollback({ trigger: person({ emergency: false }) })).changeFailureRate).toBe(0);
    expect(of(good, newest, rollback({}), rollback({ related: good.id })).changeFailureRate).toBe(1);
    expect(of(good, newest, rollback({ service: 'other' })).changeFailureRate).toBe(0);
    expect(of(good, newest, rollback({ weights: null })).changeFailureRate).toBe(0);
  });

  it('find that a release was taken back on the day after the time', () => {
    const late = rollback({ startedAt: at(11, '01:00') });

    expect(of(operation({ startedAt: at(10, '20:00'), endedAt: at(10, '21:00') }), late)).toMatchObject({
      changeFailureRate: 1,
      rollbackFrequency: 0,
    });
  });

  it('have the time to restore until the traffic is back, not until everything is cleaned up; of no plan', () => {
    const found = of(
      rollback({ phases: [{ state: 'verifying-return', at: at(3, '12:02') }] }),
      rollback({ endedAt: at(3, '12:10') }),
      rollback({ trigger: person({ emergency: false }), endedAt: at(3, '23:00') }),
    );

    expect(found.timeToRestore).toEqual({ count: 2, median: 2 * minute, p90: 10 * minute });
  });

  it('say who asked for returns; what had a planned end is planned', () => {
    const expired = { kind: 'failure', cause: 'expired' } as CountedOperation['trigger'];
    const failed = { kind: 'failure', cause: 'failed' } as CountedOperation['trigger'];
    const abort = { kind: 'abort' } as CountedOperation['trigger'];

    const found = of(
      ...[alert, failed, person({ emergency: true }), person({ emergency: false }), abort, expired].map((trigger) =>
        rollback({ trigger }),
      ),
    );

    expect(found.rollbacks).toEqual({ automatic: 2, emergency: 1, planned: 3 });
    expect(found.rollbackFrequency).toBeCloseTo(0.6);
  });

  it('have how long each phase took, several stays together, the last one up to the end', () => {
    const phases: CountedOperation['phases'] = [
      { state: 'awaiting-approval', at: at(2, '10:00') },
      { state: 'validating', at: at(2, '10:10') },
      { state: 'awaiting-approval', at: at(2, '10:11') },
      { state: 'shifting-traffic', at: at(2, '10:31') },
    ];
    const found = of(operation({ phases }), operation({ phases, outcome: null, endedAt: null }));

    expect(found.phases).toEqual({
      'awaiting-approval': { count: 2, median: 30 * minute, p90: 30 * minute },
      validating: { count: 2, median: minute, p90: minute },
      'shifting-traffic': { count: 1, median: 29 * minute, p90: 29 * minute },
    });
  });
});

describe('a spread', () => {
  it('has lengths that really were: the nearest ranks', () => {
    expect(spreadOf([])).toBeNull();
    expect(spreadOf([7])).toEqual({ count: 1, median: 7, p90: 7 });
    expect(spreadOf([4, 1, 3, 2])).toEqual({ count: 4, median: 2, p90: 4 });
    expect(spreadOf(Array.from({ length: 100 }, (_, index) => index + 1))).toEqual({ count: 100, median: 50, p90: 90 });
  });
});
