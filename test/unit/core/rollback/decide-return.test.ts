import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../../contracts/instant.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { decideReturn, looksAtDestination } from '../../../../core/rollback/decide-return.ts';
import { type KnownSituation, planReturn, type ReturnQuestion } from '../../../../core/rollback/plan-return.ts';
import type { WorkloadSeen } from '../../../../core/workload/readiness.ts';
import { alertAbout, ancient, former, person, recent, service, side, trigger } from './return-example.ts';

const deployment = {
  id: 'deployment-1',
  kind: 'deployment',
  outcome: null,
  origin: 'blue',
  target: 'green',
  trigger: { kind: 'workflow-run' },
  related: null,
  release: { version: 'v2.1.0', commit: 'c', digest: 'sha256:new' },
} as unknown as OperationRecord; // Only these fields are read.
const old = side(3);

const known = (changes: Partial<KnownSituation> = {}): KnownSituation => ({
  lock: { holder: 'deployment-1' },
  running: deployment,
  own: null,
  lastMove: null,
  holds: [],
  good: [],
  irreversible: null,
  ...changes,
});
const failure = trigger({
  kind: 'failure',
  operation: 'deployment-1',
  cause: 'failed',
  reason: 'too many errors [ObjectiveBroken]',
});
function question(changes: Partial<ReturnQuestion> & { blue?: number } = {}): ReturnQuestion {
  const { blue = 75, ...given } = changes;
  const weights = { blue, green: 100 - blue };
  const fence = { epoch: 7, seq: 3, operation: 'deployment-1', origin: 'blue' as const, weights };
  return {
    trigger: failure,
    live: { weights, fence, resourceVersion: '1' },
    situation: known(),
    service,
    operation: 'rollback-1',
    now: parseInstant('2026-11-28T12:05:00Z'),
    ...given,
  };
}

const held = { digest: 'sha256:old', reason: 'wrong findings.' };
const decide = (asked: ReturnQuestion, there: WorkloadSeen = old, left: WorkloadSeen = side(3, recent)) =>
  decideReturn(asked, planReturn(asked), { there, left });

describe('where the traffic goes back to', () => {
  it('is the origin of the shift that failed, at once while it serves', () => {
    expect(decide(question(), side(1))).toMatchObject({
      kind: 'return',
      destination: 'blue',
      reason: 'too many errors [ObjectiveBroken]',
      related: 'deployment-1',
      readiness: 'warm',
    });
  });

  it('needs capacity first when nothing runs there any more', () => {
    expect(decide(question(), side(null))).toMatchObject({ kind: 'return', destination: 'blue', readiness: 'cold' });
    expect(decide(question({ blue: 0 }), side(2))).toMatchObject({ readiness: 'cold' });
    expect(decide(question({ blue: 0 }), side(3))).toMatchObject({ readiness: 'warm' });
  });

  it('is not looked at where all the traffic is already, and is warm then', () => {
    const asked = question({ blue: 100 });
    const plan = planReturn(asked);

    expect(plan.kind === 'toward' && looksAtDestination(asked, plan)).toBe(false);
    expect(decideReturn(asked, plan, { there: side(null), left: side(null) })).toMatchObject({
      kind: 'return',
      destination: 'blue',
      readiness: 'warm',
    });
  });

  it('stays with the first attempt’s when the same task is tried again', () => {
    const own = { ...deployment, id: 'rollback-1', kind: 'rollback', target: 'green', reason: 'first', related: 'x' };
    const again = question({ situation: known({ lock: { holder: 'rollback-1' }, own: own as OperationRecord }) });

    expect(decide(again)).toMatchObject({
      kind: 'return',
      destination: 'green',
      reason: 'first [Unclassified]',
      related: 'x',
    });
  });
});

describe('a return that stands in for one that died', () => {
  const died = trigger({ kind: 'dead-execution', operation: 'rollback-0', executionArn: 'arn', status: 'FAILED' });
  const dead = {
    ...deployment,
    id: 'rollback-0',
    kind: 'rollback',
    target: 'blue',
    related: 'deployment-1',
    trigger: alertAbout('green'),
    reason: 'Alert HighErrorRate (critical): green is alerting.',
  } as OperationRecord;

  it('goes on with its destination and its reason', () => {
    const asked = question({ trigger: died, situation: known({ running: dead, lock: { holder: 'rollback-0' } }) });

    expect(decide(asked)).toMatchObject({
      kind: 'return',
      destination: 'blue',
      related: 'deployment-1',
      reason:
        'Alert HighErrorRate (critical): green is alerting; rollback rollback-0 ended as FAILED, and is retried once [ExecutionDied]',
    });
  });
});

describe('what returns nothing', () => {
  it('an operation that no longer holds the lock', () => {
    const lost = question({ situation: known({ lock: { holder: 'other' } }) });

    expect(decide(lost)).toEqual({
      kind: 'ignore',
      reason: 'Operation deployment-1 no longer holds the lock [LockLost].',
    });
  });

  it('a second rollback beside the one at work (I7)', () => {
    const running = { ...deployment, id: 'rollback-0', kind: 'rollback' } as OperationRecord;
    const asked = question({
      trigger: alertAbout('green'),
      situation: known({ running, lock: { holder: 'rollback-0' } }),
    });

    expect(decide(asked)).toMatchObject({ kind: 'ignore' });
  });

  it('a release that nobody but a person may take back: it stays, fenced', () => {
    const asked = question({ situation: known({ irreversible: 'green' }) });

    expect(decide(asked)).toMatchObject({ kind: 'stay', because: 'irreversible', destination: 'blue' });
  });
});

describe('an alert', () => {
  it('about the target sends the traffic back to the origin', () => {
    expect(decide(question({ trigger: alertAbout('green') }))).toMatchObject({ kind: 'return', destination: 'blue' });
  });

  it('about the origin pauses the shift and raises nothing (I7)', () => {
    expect(decide(question({ trigger: alertAbout('blue') }))).toMatchObject({ kind: 'pause' });
  });

  it('is said to be about a side without traffic only where the other one has it', () => {
    const nowhere = question({ trigger: alertAbout('green') });
    const weights = { blue: 0, green: 0 };

    expect(decide({ ...nowhere, live: { ...nowhere.live, weights } })).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('the route sends no traffic to either side'),
    });
  });

  it('that names another environment is told with that name', () => {
    const asked = question({ trigger: { ...alertAbout(null), elsewhere: 'purple' } as RollbackTrigger });

    expect(decide(asked)).toMatchObject({
      reason: expect.stringContaining('names the environment purple, which is neither blue nor green'),
    });
  });

  it('goes to no release on hold: after a deployment a person decides', () => {
    const lastMove = { ...deployment, outcome: 'succeeded', endedAt: '2026-11-28T12:00:00Z' } as OperationRecord;
    const situation = known({ lock: { holder: null }, running: null, lastMove, holds: [held] });
    const asked = question({ blue: 0, trigger: alertAbout('green'), situation });

    expect(decide(asked)).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('v2.0.5 on blue is on hold'),
    });
    expect(decide({ ...asked, situation: { ...situation, holds: [] } })).toMatchObject({
      kind: 'return',
      destination: 'blue',
      related: 'deployment-1',
    });
  });

  it('is answered from the route alone when the database does not answer (rule 6)', () => {
    const asked = question({ trigger: alertAbout('green'), situation: null });

    expect(decide(asked)).toMatchObject({ kind: 'return', destination: 'blue', related: null });
  });

  it('is answered from the route when the record of the last move cannot be read, and only then', () => {
    const at = '2026-11-28T11:59:00Z';
    const idle = known({ lock: { holder: null }, running: null });
    const asked = question({ blue: 0, trigger: alertAbout('green') });
    const decideFor = (lastMove: KnownSituation['lastMove']) =>
      decide({
        ...asked,
        live: { ...asked.live, fence: asked.live.fence && { ...asked.live.fence, at } },
        situation: { ...idle, lastMove },
      });

    expect(decideFor('unreadable')).toMatchObject({ kind: 'return', destination: 'blue', related: null });
    expect(decideFor(null)).toMatchObject({ kind: 'ignore' });
  });
});

describe('how long an alert about the active side sends the traffic back', () => {
  // Everything went over at 12:00 and baked for 10 minutes: the deployment ended at 12:10.
  const fence = { epoch: 7, seq: 3, operation: 'deployment-1', origin: 'blue' as const, at: '2026-11-28T12:00:00Z' };
  const weights = { blue: 0, green: 100 };
  const live = { weights, fence: { ...fence, weights }, resourceVersion: '1' };
  const ended = { ...deployment, outcome: 'succeeded', endedAt: '2026-11-28T12:10:00Z' } as OperationRecord;
  const idle = known({ lock: { holder: null }, running: null, lastMove: ended });

  it.each([
    ['while it bakes', '12:05', 'return'],
    ['within rollbackWithin of its end', '13:09', 'return'],
    ['later', '13:11', 'ignore'],
  ])('%s', (_when, time, kind) => {
    const asked = { trigger: alertAbout('green'), live, now: parseInstant(`2026-11-28T${time}:00Z`) };

    // With the database and without it, it is counted from the same moment.
    const situation = time < '12:10' ? known() : idle;
    expect(decide(question({ ...asked, situation }))).toMatchObject({ kind });
    expect(decide(question({ ...asked, situation: null }))).toMatchObject({ kind });
  });

  it('nothing that came back to its origin counts as a deployment', () => {
    const weights = { blue: 100, green: 0 };
    const back = { weights, fence: { ...fence, weights }, resourceVersion: '1' };

    expect(decide(question({ trigger: alertAbout('blue'), live: back, situation: null }))).toMatchObject({
      kind: 'ignore',
    });
  });
});

describe('an alert after a deployment', () => {
  const lastMove = {
    ...deployment,
    outcome: 'succeeded',
    endedAt: '2026-11-28T12:00:00Z',
    live: { version: 'v2.0.5', digest: 'sha256:old', environment: 'blue' },
  } as OperationRecord;
  const situation = known({ lock: { holder: null }, running: null, lastMove });
  const asked = question({ blue: 0, trigger: alertAbout('green'), situation });

  it('sends the traffic by itself only to what served before, or to what is known to be good (I3)', () => {
    const implant = { version: 'v2.0.5', digest: 'sha256:evil' };

    expect(decide(asked)).toMatchObject({ kind: 'return', destination: 'blue' });
    expect(decide(asked, side(3, implant))).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('what runs on blue (v2.0.5) is not known to be good'),
    });
    const good = { ...situation, good: [ancient] };
    expect(decide({ ...asked, situation: good }, side(3, ancient))).toMatchObject({ kind: 'return' });
  });
});

describe('a person in an emergency, at rest', () => {
  const idle = known({ lock: { holder: null }, running: null, good: [ancient, former, recent] });
  const asked = (version: string, changes: Partial<KnownSituation> = {}) =>
    question({ blue: 0, trigger: person(version), situation: { ...idle, ...changes } });
  const refusal = (reason: string) => ({ kind: 'refuse', reason: expect.stringContaining(reason) });

  it('goes at once to what really runs on the other side and was good', () => {
    const there = {
      kind: 'return',
      destination: 'blue',
      reason: 'customers complain [ReturnedByPerson]',
      readiness: 'warm',
    };
    const release = { version: 'v2.0.5', commit: 'b', chartTree: null, digest: 'sha256:old' };

    expect(decide(asked('v2.0.5'))).toMatchObject({ ...there, release });
    expect(decide(asked('last-known-good'))).toMatchObject({ ...there, release });
    expect(decide(asked('last-known-good'), side(1))).toMatchObject({ readiness: 'cold' });
  });

  it.each([
    ['an image that nobody knows', side(3, { version: 'v2.0.5', digest: 'sha256:evil' }), 'which never succeeded here'],
    ['what is live already', side(3, recent), 'which is live already'],
    ['nothing', side(null), 'nothing is deployed there'],
  ])('last-known-good is never %s: it is refused with what is possible', (_what, there, why) => {
    const decision = decide(asked('last-known-good'), there);

    expect(decision).toEqual(refusal(why));
    expect(decision).toEqual(refusal('Possible: v2.0.5 (deployed first: minutes), v2.0.4 (deployed first: minutes).'));
    expect(decision).toEqual(refusal('`sluice rollback --service app --version v2.0.5 --reason "…" --emergency`'));
  });

  it('last-known-good is no release whose pods are about to be replaced by something else', () => {
    const there = { ...old, deployment: side(3, { version: 'v2.0.5', digest: 'sha256:evil' }).deployment };

    expect(decide(asked('last-known-good'), there)).toEqual(refusal('it is about to run something other'));
  });

  it('nothing on hold is gone to, and what is possible is named without it', () => {
    const holds = [held];

    for (const version of ['last-known-good', 'v2.0.5']) {
      const decision = decide(asked(version, { holds }));
      expect(decision).toEqual(refusal('on hold: wrong findings [RollbackRefused].'));
      expect(decision).toEqual(refusal('Possible: v2.0.4 (deployed first: minutes).'));
    }
  });

  it('a version that was good and runs nowhere is deployed first', () => {
    const release = { version: 'v2.0.4', commit: 'a', chartTree: null, digest: 'sha256:ancient' };

    expect(decide(asked('v2.0.4'))).toMatchObject({
      kind: 'deploy-first',
      release,
      reason: 'customers complain [ReturnedByPerson]',
    });
    // Also where the other side calls itself that.
    expect(decide(asked('v2.0.4'), side(3, { version: 'v2.0.4', digest: 'sha256:evil' }))).toMatchObject({
      kind: 'deploy-first',
      release,
    });
  });

  it('what was never good, or is live, is refused with what is possible', () => {
    expect(decide(asked('v9.9.9'))).toEqual(refusal('Possible: v2.0.5 (runs on blue: at once), v2.0.4 (deployed'));
    expect(decide(asked('v2.1.0'))).toEqual(refusal('v2.1.0 is live already [RollbackRefused]. Possible: v2.0.5'));
    expect(decide(asked('v9.9.9', { good: [recent] }))).toEqual(
      refusal('`sluice break-glass --service app --to blue` prints the patch that moves the traffic.'),
    );
  });

  it('nothing is deployed while the traffic is split', () => {
    const split = question({ blue: 40, trigger: person('v2.0.4'), situation: idle });

    expect(decide(split)).toEqual(
      refusal('while the traffic is split nothing is deployed [RollbackRefused]. Possible: v2.0.5 (runs on'),
    );
    expect(decide({ ...split, trigger: person('last-known-good') })).toMatchObject({ kind: 'return' });
  });

  it('is answered by what runs there when the database does not answer (rule 6)', () => {
    const away = { situation: null };

    expect(decide({ ...asked('last-known-good'), ...away })).toMatchObject({ kind: 'return', destination: 'blue' });
    expect(decide({ ...asked('v2.0.5'), ...away })).toMatchObject({ kind: 'return', destination: 'blue' });
    expect(decide({ ...asked('v2.0.4'), ...away })).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining('(v2.0.5 does). The database does not answer'),
    });
  });
});

describe('a person in an emergency, in the middle of a shift', () => {
  const live = { version: 'v2.0.5', digest: 'sha256:old', environment: 'blue' };
  const shift = (version: string, changes: Partial<KnownSituation> = {}) => {
    const running = { ...deployment, live } as OperationRecord;
    return question({ trigger: person(version), situation: known({ running, ...changes }) });
  };

  it('goes back to the origin that served before, with the pods that it has', () => {
    for (const version of ['last-known-good', 'v2.0.5']) {
      expect(decide(shift(version), side(1))).toMatchObject({ kind: 'return', readiness: 'warm', release: null });
    }
  });

  it.each([
    ['another version is wanted', () => shift('v2.0.4', { good: [ancient] }), old, '`--version last-known-good`'],
    ['it is on hold', () => shift('last-known-good', { holds: [held] }), old, 'on hold: wrong findings'],
    [
      'something else runs there by now',
      () => shift('last-known-good'),
      side(3, { version: 'v2.0.5', digest: 'sha256:evil' }),
      'is not what served before',
    ],
    [
      'it has all the traffic anyway',
      () => ({ ...shift('last-known-good'), live: question({ blue: 100 }).live }),
      old,
      'has moved none',
    ],
  ])('is refused with what is possible when %s', (_when, asked, there, why) => {
    expect(decide(asked(), there)).toMatchObject({ kind: 'refuse', reason: expect.stringContaining(why) });
  });
});
