import { describe, expect, it } from 'vitest';
import type { Operation } from '../../support/pipeline.ts';
import { cooledOrigins, raisedUnready } from '../../support/recorder/capacity-rules.ts';
import type { CapacitySeen, Environment, History, RouteSeen } from '../../support/recorder/history.ts';
import {
  brokenAudits,
  rolledBackRollbacks,
  unequalEnds,
  unpagedFreezes,
  wavering,
} from '../../support/recorder/operation-rules.ts';
import { badRoutes, staleCapacity, staleCommits, strayRequests } from '../../support/recorder/route-rules.ts';

let clock = 0;
/** One state of the route, seconds after the one before. */
const route = (blue: number, fence: [operation: string, epoch: number, seq: number] | null): RouteSeen => {
  clock += 5_000;
  const green = 100 - blue;
  return {
    at: clock,
    weights: [
      { host: 'blue', weight: blue },
      { host: 'green', weight: green },
    ],
    blue,
    green,
    fence: fence === null ? null : { operation: fence[0], epoch: fence[1], seq: fence[2], origin: 'blue' },
  };
};
const pods = (environment: Environment, wanted: number, ready = wanted, version = 'v2.1.0'): CapacitySeen => {
  clock += 5_000;
  return { at: clock, environment, wanted, ready, version };
};
const operation = (fields: Partial<Operation>): Operation => ({
  id: 'D',
  kind: 'deployment',
  service: 'chest-xray-mlops',
  state: 'ended',
  outcome: 'succeeded',
  reason: null,
  endedAt: null,
  weights: null,
  release: { version: 'v2.1.0' },
  actor: 'github',
  origin: 'blue',
  target: 'green',
  related: null,
  pausedBecause: null,
  timeline: [{ action: 'verify-standby', phase: 'result', actor: 'sluice', at: 0, details: {} }],
  checks: [],
  approvals: null,
  ...fields,
});
const history = (seen: Partial<History>): History => ({ route: [], capacity: [], autoscalers: [], ...seen });
const rollback = operation({ id: 'R', kind: 'rollback', related: 'D', origin: 'green', target: 'blue' });

describe('the rules of the recorder find what breaks them', () => {
  it('I1, I4 and I12 on the route', () => {
    const good = [route(100, null), route(100, ['D', 1, 1]), route(75, ['D', 1, 2]), route(100, ['R', 2, 3])];
    const late = [...good, route(50, ['D', 1, 4])];
    const shared = [...good, route(100, ['X', 2, 4])];
    const uneven = { ...route(100, null), weights: [{ host: 'blue', weight: 60 }] };

    expect(badRoutes(good)).toEqual([]);
    expect(badRoutes(late)).toEqual(['I12: after write 2.3 came 1.4']);
    expect(badRoutes(shared)).toEqual(['I4: epoch 2 was written by R and by X']);
    expect(badRoutes([uneven])).toEqual(['I1: the weights were [60]']);
  });

  it('I12 on autoscalers and on branches', () => {
    const written = (epoch: number) => ({
      at: 0,
      environment: 'green' as const,
      minimum: 3,
      fence: { epoch, operation: 'D' },
    });

    expect(staleCapacity({ autoscalers: [written(1), written(2)] })).toEqual([]);
    expect(staleCapacity({ autoscalers: [written(2), written(1)] })).toHaveLength(1);
    expect(staleCommits('env/green', [1, 1, 3])).toEqual([]);
    expect(staleCommits('env/green', [1, 3, 2])).toHaveLength(1);
  });

  it('I2: a request to a side without weight, too few pods, another release, no health check', () => {
    const before = [pods('blue', 4), pods('green', 1)];
    const claimed = route(100, ['D', 1, 1]);
    const ready = pods('green', 2);
    const raised = route(50, ['D', 1, 2]);
    const good = history({ route: [claimed, raised], capacity: [...before, ready] });

    expect(raisedUnready(good, [operation({})])).toEqual([]);
    expect(raisedUnready({ ...good, capacity: before }, [operation({})])[0]).toContain('1 of 2 pods');
    expect(raisedUnready(good, [operation({ release: { version: 'v9.9.9' } })])[0]).toContain('v2.1.0 ran');
    expect(raisedUnready(good, [operation({ timeline: [] })])[0]).toContain('health checks');
    // Only a rollback that ends frozen may choose the less bad of two bad sides.
    const without = { ...good, capacity: before.map((seen) => ({ ...seen, ready: 0 })) };
    const byRollback = (outcome: string) => [operation({ kind: 'rollback', outcome })];
    expect(raisedUnready(without, byRollback('frozen'))).toEqual([]);
    expect(raisedUnready(without, byRollback('succeeded'))[0]).toContain('0 of 1 pods');
    expect(raisedUnready(without, [operation({ outcome: 'frozen' })])[0]).toContain('0 of 1 pods');
    const byHand = { ...without, route: [claimed, { ...raised, fence: claimed.fence }] };
    expect(raisedUnready(byHand, byRollback('succeeded'))).toEqual([]);
    expect(strayRequests({ service: { green: 1 } }, [claimed])).toHaveLength(1);
    expect(strayRequests({ service: { green: 1 } }, [claimed, raised])).toEqual([]);
  });

  it('I8: an origin that loses pods before its time', () => {
    const before = pods('blue', 8);
    const claimed = route(100, ['D', 1, 1]);
    const lowered = pods('blue', 3);
    const next = route(100, ['E', 2, 2]);
    const later = pods('blue', 3);

    expect(cooledOrigins(history({ route: [claimed], capacity: [before, lowered] }), [operation({})])).toHaveLength(1);
    expect(cooledOrigins(history({ route: [claimed, next], capacity: [before, later] }), [operation({})])).toEqual([]);
  });

  it('I5 and I6: no outcome, a split without work, traffic elsewhere than before, a freeze without a page', () => {
    const service = (blue: number) => ({
      frozen: null,
      environments: {
        blue: { version: null, weight: blue, ready: 3 },
        green: { version: null, weight: 100 - blue, ready: 3 },
      },
    });
    const failed = operation({ outcome: 'rolled-back' });
    const moved = [route(100, null), route(100, ['D', 1, 1]), route(0, ['D', 1, 2])];
    const returned = [...moved, route(100, ['R', 2, 3])];

    expect(unequalEnds([operation({ outcome: null })], [], service(100))[0]).toContain('I5');
    expect(unequalEnds([], [], service(50))[0]).toContain('I5');
    expect(unequalEnds([failed, rollback], moved, service(100))[0]).toContain('I6');
    expect(unequalEnds([failed, rollback], returned, service(100))).toEqual([]);
    expect(unpagedFreezes([operation({ outcome: 'frozen' })], [])).toHaveLength(1);
    expect(unpagedFreezes([operation({ outcome: 'frozen' }), rollback], [{ page: { key: 'sluice-R' } }])).toEqual([]);
  });

  it('I7: a rollback of a rollback that nobody asked for', () => {
    const automatic = operation({ id: 'R2', kind: 'rollback', related: 'R', actor: 'alertmanager' });

    expect(rolledBackRollbacks([rollback, automatic])).toHaveLength(1);
    expect(rolledBackRollbacks([rollback, { ...automatic, actor: 'ana@example.com' }])).toEqual([]);
  });

  it('I7: a return that changes its mind without being frozen, or more than once', () => {
    const back = [route(50, ['D', 1, 2]), route(100, ['R', 2, 3])];
    const forth = [...back, route(0, ['R', 2, 4])];
    const ended = (outcome: string) => [{ ...rollback, actor: 'alertmanager', outcome }];

    expect(wavering(ended('succeeded'), back)).toEqual([]);
    expect(wavering(ended('frozen'), forth)).toEqual([]);
    expect(wavering(ended('succeeded'), forth)).toHaveLength(1);
    expect(wavering(ended('frozen'), [...forth, route(100, ['R', 2, 5])])).toHaveLength(1);
  });

  it('I4, I5, I9: a chain that is broken, an intent without result, an epoch given twice, two outcomes', () => {
    const entry = (action: string, phase: 'intent' | 'result', details = {}) =>
      ({ action, phase, details, actor: 'sluice' }) as never; // hashes are of no interest here
    const acquired = { result: { kind: 'acquired', epoch: 7 } };
    const problems = brokenAudits([
      { chain: 'D', entries: [entry('acquire-lock', 'result', acquired), entry('set-weight', 'intent')] },
      {
        chain: 'E',
        entries: [
          entry('take-over-lock', 'result', acquired),
          entry('end', 'result', { result: { kind: 'ended' } }),
          entry('end', 'result', { result: { kind: 'ended' } }),
        ],
      },
    ]);

    expect(problems.filter((problem) => problem.startsWith('I9: the chain'))).toHaveLength(2);
    expect(problems).toContain('I9: D has an intent of set-weight without its result');
    expect(problems).toContain('I4: epoch 7 was given to D and to E');
    expect(problems).toContain('I5: E was ended 2 times');
  });
});
