import { describe, expect, it } from '@jest/globals';
import { minutes } from '../../../../contracts/duration.ts';
import { parseInstant } from '../../../../contracts/instant.ts';
import type { EnvironmentName } from '../../../../contracts/names.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { type RollbackTrigger, rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { decideReturn, looksAtDestination } from '../../../../core/rollback/decide-return.ts';
import { type KnownSituation, planReturn, type ReturnQuestion } from '../../../../core/rollback/plan-return.ts';
import type { WorkloadSeen } from '../../../../core/workload/readiness.ts';

const service: ReturnQuestion['service'] = {
  name: 'app',
  alerts: { severities: ['critical'], rollbackWithin: minutes(60) },
  bake: minutes(10),
  replicas: { min: 3, max: 10, minAvailable: 3 },
};
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
/** A side with so many ready pods of v2.0.5; null: with no Deployment at all. */
function side(ready: number | null): WorkloadSeen {
  if (ready === null) return { deployment: null, pods: [] };
  const spec = { containers: [{ name: 'app', image: 'registry.example.com/app@sha256:old' }] };
  const labels = { 'app.kubernetes.io/version': 'v2.0.5' };
  const pod = { spec, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } };
  return {
    deployment: { spec: { replicas: 3, template: { metadata: { labels }, spec } } },
    pods: Array.from({ length: ready }, () => pod),
  };
}
const old = side(3);

const known = (changes: Partial<KnownSituation> = {}): KnownSituation => ({
  lock: { holder: 'deployment-1' },
  running: deployment,
  own: null,
  lastMove: null,
  heldDigests: [],
  irreversible: null,
  ...changes,
});
const trigger = (wanted: object): RollbackTrigger => rollbackTriggerSchema.parse({ service: 'app', ...wanted });
const failure = trigger({ kind: 'failure', operation: 'deployment-1', cause: 'failed', reason: 'too many errors' });
const alertAbout = (environment: EnvironmentName | null) =>
  trigger({
    kind: 'alert',
    environment,
    name: 'HighErrorRate',
    severity: 'critical',
    fingerprint: 'f1',
    startsAt: Date.parse('2026-11-28T12:00:00Z'),
    summary: null,
  });
const person = (version: string) =>
  trigger({
    kind: 'person',
    wants: 'rollback',
    version,
    reason: 'customers complain',
    emergency: true,
    actor: 'ana@example.com',
    at: 0,
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

const decide = (asked: ReturnQuestion, seen: WorkloadSeen = old) => decideReturn(asked, planReturn(asked), seen);

describe('where the traffic goes back to', () => {
  it('is the origin of the shift that failed, at once while it serves', () => {
    expect(decide(question(), side(1))).toMatchObject({
      kind: 'return',
      destination: 'blue',
      reason: 'too many errors',
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
    expect(decideReturn(asked, plan, side(null))).toMatchObject({
      kind: 'return',
      destination: 'blue',
      readiness: 'warm',
    });
  });

  it('stays with the first attempt’s when the same task is tried again', () => {
    const own = { ...deployment, id: 'rollback-1', kind: 'rollback', target: 'green', reason: 'first', related: 'x' };
    const again = question({ situation: known({ lock: { holder: 'rollback-1' }, own: own as OperationRecord }) });

    expect(decide(again)).toMatchObject({ kind: 'return', destination: 'green', reason: 'first', related: 'x' });
  });
});

describe('what returns nothing', () => {
  it('an operation that no longer holds the lock', () => {
    const lost = question({ situation: known({ lock: { holder: 'other' } }) });

    expect(decide(lost)).toEqual({ kind: 'ignore', reason: 'Operation deployment-1 no longer holds the lock.' });
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

  it('goes to no release on hold: after a deployment a person decides', () => {
    const lastMove = { ...deployment, outcome: 'succeeded', endedAt: '2026-11-28T12:00:00Z' } as OperationRecord;
    const situation = known({ lock: { holder: null }, running: null, lastMove, heldDigests: ['sha256:old'] });
    const asked = question({ blue: 0, trigger: alertAbout('green'), situation });

    expect(decide(asked)).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('v2.0.5 on blue is on hold'),
    });
    expect(decide({ ...asked, situation: { ...situation, heldDigests: [] } })).toMatchObject({
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

describe('a person in an emergency', () => {
  const idle = known({ lock: { holder: null }, running: null });

  it('gets the other side when it runs what they want', () => {
    const asked = question({ blue: 0, trigger: person('v2.0.5'), situation: idle });

    expect(decide(asked)).toMatchObject({ kind: 'return', destination: 'blue', reason: 'customers complain' });
    expect(decide({ ...asked, trigger: person('last-known-good') })).toMatchObject({ kind: 'return' });
  });

  it('is told what runs there when it is something else, or on hold', () => {
    const asked = question({ blue: 0, trigger: person('v1.9.0'), situation: idle });

    expect(decide(asked)).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('(v2.0.5 does)') });
    const held = { ...asked, trigger: person('v2.0.5'), situation: { ...idle, heldDigests: ['sha256:old'] } };
    expect(decide(held)).toMatchObject({ kind: 'ignore', reason: expect.stringContaining('is on hold') });
  });
});
