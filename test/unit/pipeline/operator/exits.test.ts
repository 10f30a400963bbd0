import { beforeEach, describe, expect, it } from 'vitest';
import {
  type ApiActionAnswer,
  actionAnswerSchema,
  type Told,
  unlockedSchema,
} from '../../../../contracts/api/operator-actions.ts';
import { type ApiAborted, abortedSchema } from '../../../../contracts/api/started.ts';
import { hours } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { instant } from '../../../../contracts/instant.ts';
import { allOn } from '../../../../contracts/names.ts';
import type { OperationState } from '../../../../contracts/operation.ts';
import type { OperationRecord } from '../../../../contracts/records/operation.ts';
import { commandFaults, faultOf } from '../../../support/commands.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift, returned } from '../support/observing.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, digest, executionOf, machines, registerDeployment, type World } from '../support/world.ts';

const service = 'chest-xray-mlops';
const path = `/api/services/${service}`;
let world: World;
let api: ReturnType<typeof operatorApi>;
beforeEach(async () => {
  world = await createWorld();
  api = operatorApi(world);
});

const steer = async (what: string, more: object = {}): Promise<ApiActionAnswer> => {
  const answer = await api.post(`${path}/${what}`, { reason: `for ${what}`, ...more });
  expect(answer.status).toBe(200);
  return runnable(actionAnswerSchema.parse(await answer.json()));
};
/** An answer all of whose commands run as they are printed. */
async function runnable<Answer extends Told>(answer: Answer): Promise<Answer> {
  const { did, didNot, next } = answer;
  expect((await Promise.all(next.map(faultOf))).filter((fault) => fault !== null)).toEqual([]);
  expect(await commandFaults([...did, ...didNot].join('\n'))).toEqual([]);
  return answer;
}
const unlock = () => api.post(`${path}/unlock`, { reason: 'it hangs' });
const unlocked = async () => runnable(unlockedSchema.parse(await (await unlock()).json()));
const lockOf = () => world.store.locks.read(service);

async function registered(name: string, state: OperationState, changes: Partial<OperationRecord> = {}) {
  const { execution, operation } = await registerDeployment(world, { name });
  await world.store.operations.enter(operation.id, state, new Date(world.now()).toISOString());
  await world.store.operations.update(operation.id, changes);
  return { id: operation.id, arn: execution.arn };
}
async function locked(name: string, state: OperationState = 'shifting-traffic') {
  const { id, arn } = await registered(name, state);
  const at = new Date(world.now()).toISOString();
  const deadline = new Date(world.now() + hours(1)).toISOString();
  const claim = { operation: id, kind: 'deployment' as const, executionArn: arn, at, deadline };
  await world.store.locks.acquire(service, claim);
  return id;
}
const alive = (name: string) => world.workflow.start({ stateMachineArn: machines.deployment, name, input: {} });

/** Each snapshot, what stands in it, and what a call must say about it. */
const moments: [string, () => Promise<string | null>][] = [
  ['of an idle service', async () => null],
  ['in the middle of a shift', () => locked('deploy-1')],
  ['while a release waits for its approval', async () => (await registered('deploy-1', 'awaiting-approval')).id],
];

describe.each(moments)('%s', (snapshot, begin) => {
  let id: string | null;
  beforeEach(async () => {
    id = await begin();
    if (id === null) await registerDeployment(world, { name: 'earlier' }).then(({ operation }) => ended(operation.id));
  });
  const ended = (operation: string) =>
    world.store.operations.end(operation, { outcome: 'succeeded', reason: 'done', at: new Date(0).toISOString() });
  const aboutIt = ({ didNot }: ApiActionAnswer) => didNot.filter((sentence) => id !== null && sentence.includes(id));

  it.each([
    ['freeze', {}, ['frozen', 'already-frozen']],
    ['holds', { version: 'v2.1.0' }, ['held', 'already-held']],
  ] as const)(
    '%s tells of what it does not touch, and a second one that nothing was to do',
    async (what, more, outcomes) => {
      const before = await lockOf();

      const first = await steer(what, more);
      const audit = await api.serviceAudit();
      const second = await steer(what, { ...more, reason: 'another reason' });

      expect([first.outcome, second.outcome]).toEqual(outcomes);
      expect(first.did).toHaveLength(1);
      expect(second.did).toEqual([]);
      expect(second.didNot.join()).toMatch(new RegExp(`for ${what}(?: \\[FrozenByPerson\\])?\\. That reason stays\\.`));
      expect(first.didNot).toContain('No traffic was moved: blue has 100 %, green has 0 %.');
      expect(aboutIt(first)).toHaveLength(id === null ? 0 : 1);
      expect(first.next.some((command) => command.startsWith(`sluice abort ${id}`))).toBe(snapshot.includes('shift'));
      expect(audit).toHaveLength(2);
      expect(await api.serviceAudit()).toEqual(audit);
      expect(await lockOf()).toEqual(before);
      if (id !== null) expect((await world.store.operations.read(id))?.outcome).toBeNull();
    },
  );

  it('a lifted freeze and a released hold say what stays, and the second time that nothing was to do', async () => {
    await steer('freeze');
    await steer('holds', { version: 'v2.1.0' });

    const first = [await steer('unfreeze'), await steer('holds/release', { version: 'v2.1.0' })];
    const audit = await api.serviceAudit();
    const second = [await steer('unfreeze'), await steer('holds/release', { version: 'v2.1.0' })];

    expect(first.map(({ outcome }) => outcome)).toEqual(['unfrozen', 'released']);
    expect(first[0]?.didNot).toContain('v2.1.0 is still on hold: for holds.');
    expect(second.map(({ outcome, did }) => [outcome, did])).toEqual([
      ['not-frozen', []],
      ['not-held', []],
    ]);
    expect(await api.serviceAudit()).toEqual(audit);
    expect(await world.store.releases.frozen(service)).toBeNull();
    expect(await world.store.releases.holds(service)).toEqual([]);
  });

  it.each(['freeze', 'unfreeze', 'holds', 'holds/release', 'unlock'])(
    '%s of an unknown service, or without a reason, changes nothing',
    async (what) => {
      const body = what.startsWith('holds') ? { version: 'v2.1.0', reason: 'why' } : { reason: 'why' };

      const answers = [
        await api.post(`/api/services/nope/${what}`, body),
        await api.post(`${path}/${what}`, { ...body, reason: ' ' }),
        await api.post(`${path}/${what}`, { ...body, reason: undefined }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([404, 400, 400]);
      expect(await api.serviceAudit()).toEqual([]);
    },
  );
});

it('a hold of a version that nobody has seen names those that were', async () => {
  await registerDeployment(world, { name: 'deploy-1' });

  for (const what of ['holds', 'holds/release']) {
    const answer = await api.post(`${path}/${what}`, { version: 'v9.9.9', reason: 'why' });
    expect(answer.status).toBe(404);
    expect((await api.errorOf(answer)).message).toContain('v2.1.0');
  }
});

it('a hold of the version that serves says that it goes on serving, and how to take it out', async () => {
  await registerDeployment(world, { name: 'deploy-1' });
  api = operatorApi(world, { cluster: () => fakeCluster(allOn('green')) });

  const held = await steer('holds', { version: 'v2.1.0' });

  expect(held.didNot.join()).toContain('It still serves on green');
  expect(held.next[0]).toContain('sluice rollback');
});

it('a hold of what runs on both sides advises no rollback, which would be refused', async () => {
  await registerDeployment(world, { name: 'deploy-1' });
  const cluster = fakeCluster(allOn('green'));
  const readDeployment = (_: string, name: string) => cluster.workloads.readDeployment('production-green', name);
  api = operatorApi(world, { cluster: () => ({ ...cluster, workloads: { ...cluster.workloads, readDeployment } }) });

  const held = await steer('holds', { version: 'v2.1.0' });

  expect(held.didNot.join()).toContain('It still serves on green');
  expect(held.next.join()).not.toContain('sluice rollback');
});

it.each([
  ['blue', 1],
  ['green', 0],
] as const)(
  'a released hold advises a deployment unless its version is live: with all of the traffic on %s',
  async (side, commands) => {
    await registerDeployment(world, { name: 'deploy-1' });
    api = operatorApi(world, { cluster: () => fakeCluster(allOn(side)) });
    await steer('holds', { version: 'v2.1.0' });

    const released = await steer('holds/release', { version: 'v2.1.0' });

    expect(released.outcome).toBe('released');
    expect(released.next).toHaveLength(commands);
  },
);

it('a person’s hold does not write over the reason for which Sluice had set one', async () => {
  const { operation } = await registerDeployment(world, { name: 'deploy-1' });
  const hold = { version: 'v2.1.0', digest, reason: 'errors', operation: operation.id, at: '2026-11-23T15:00:00Z' };
  await world.store.releases.hold(service, hold);

  expect((await steer('holds', { version: 'v2.1.0' })).outcome).toBe('already-held');
  expect(await world.store.releases.holds(service)).toEqual([expect.objectContaining({ reason: 'errors' })]);
});

it('a freeze is made, and says so, also while nobody knows where the traffic is', async () => {
  const away = async () => Promise.reject(new DependencyUnavailable('Kubernetes', 'read the route: no answer'));
  const cluster = fakeCluster(allOn('blue'));
  api = operatorApi(world, { cluster: () => ({ ...cluster, router: { ...cluster.router, read: away } }) });

  const frozen = await steer('freeze');

  expect(frozen.outcome).toBe('frozen');
  expect(frozen.did.join()).toContain('Alerts and emergencies still return traffic.');
  expect(frozen.didNot.join()).toContain('could not be read');
});

it('a freeze whose function died before its result gets one from the next call, which makes no second (I9)', async () => {
  const chain = `service:${service}`;
  const intent = { at: world.now(), actor: 'ana@example.com', action: 'freeze', phase: 'intent' as const, details: {} };
  await world.store.audit.append(chain, intent);
  const at = new Date(world.now()).toISOString();
  await world.store.releases.freeze(service, { reason: 'why', operation: null, by: 'ana@example.com', at });

  expect((await steer('freeze')).outcome).toBe('already-frozen');
  await steer('freeze');

  expect(await api.serviceAudit()).toEqual(['freeze intent', 'freeze result']);
});

describe('abort of a rollback at work', () => {
  it('is noted for its next look, moves nothing, and says what it leaves; repeated, it says the same (I10)', async () => {
    const { id: operation, route } = await inShift(world);
    const { id } = await returned(world, route, operation);
    api = operatorApi(world, { cluster: () => fakeCluster({ blue: 75, green: 25 }) });
    const abort = (of: string) => api.post(`/api/operations/${of}/abort`, { reason: 'blue is gone' });
    const aborted = async (): Promise<ApiAborted> => runnable(abortedSchema.parse(await (await abort(id)).json()));

    const first = await aborted();
    const second = await aborted();

    expect(first).toMatchObject({ operation: id, rollback: null });
    expect(first.didNot.join()).toContain('No traffic was moved: blue has 75 %, green has 25 %.');
    expect(first.next.join()).toContain('sluice break-glass');
    expect(second).toEqual(first);
    expect((await world.store.operations.read(id))?.abort).toEqual({
      actor: 'ana@example.com',
      reason: 'blue is gone',
    });
    expect(world.workflow.started).toEqual([]);
    // What it returns is ended by it, and says by which command it is ended itself.
    const { message } = await api.errorOf(await abort(operation));
    expect(message).toContain(`sluice abort ${id}`);
  });
});

describe('unlock', () => {
  it('of a free lock says that nothing was to do', async () => {
    expect(await unlocked()).toMatchObject({ holder: null, outcome: 'already-free', did: [], next: [] });
    expect(await api.serviceAudit()).toEqual([]);
  });

  it('refuses while the holder is alive, says how to end it, and changes nothing', async () => {
    const id = await locked('deploy-1');
    await alive('deploy-1');
    const before = await lockOf();

    const answer = await unlock();

    expect(answer.status).toBe(409);
    expect(await api.errorOf(answer)).toMatchObject({
      name: 'LockHeld',
      message: expect.stringMatching(new RegExp(`sluice abort ${id}.*Nothing was changed`)),
    });
    expect(await lockOf()).toEqual(before);
  });

  it('ends a rollback that lives and returns nothing: frozen, with the lock free, and says where the traffic is (I5)', async () => {
    const { id: operation, route } = await inShift(world);
    const { id } = await returned(world, route, operation);
    await world.store.operations.update(operation, { shiftedAt: 'then' });
    await world.store.operations.update(id, { reason: 'alert HighErrorRate' });
    await alive('rollback-1');
    api = operatorApi(world, { cluster: () => fakeCluster({ blue: 75, green: 25 }) });

    const answer = await unlocked();

    expect(answer).toMatchObject({ holder: id, outcome: 'frozen' });
    expect(answer.did.join()).toContain(`the rollback ${id} no longer returns traffic`);
    expect(answer.didNot.join()).toContain('No traffic was moved: blue has 75 %, green has 25 %.');
    expect(answer.next.join()).toContain('sluice break-glass');
    expect((await lockOf()).holder).toBeNull();
    expect((await world.store.operations.read(id))?.outcome).toBe('frozen');
    expect((await world.store.operations.read(operation))?.outcome).toBe('frozen');
    expect((await world.store.releases.frozen(service))?.reason).toContain('The rollback was running');
    // What the alert blamed stays blamed (I6).
    expect(await world.store.releases.holds(service)).toMatchObject([
      { version: 'v2.1.0', reason: 'alert HighErrorRate' },
    ]);
    expect((await unlocked()).outcome).toBe('already-free');
  });

  it('frees the lock of an operation that has ended, tells where the traffic is, and does so once', async () => {
    const id = await locked('deploy-1');
    await world.store.operations.end(id, { outcome: 'succeeded', reason: 'done', at: new Date(0).toISOString() });

    const first = await unlocked();
    const second = await unlocked();

    expect(first).toMatchObject({ holder: id, outcome: 'released' });
    expect(first.did.join()).toContain(`deployment ${id} can do nothing more`);
    expect(first.didNot).toEqual([
      'Its execution was not stopped: it is gone.',
      'No traffic was moved: blue has 100 %, green has 0 %.',
    ]);
    expect(first.next.join()).toContain('sluice rollback');
    expect(second.outcome).toBe('already-free');
    expect(await api.serviceAudit()).toEqual(['unlock intent', 'unlock result']);
    expect((await lockOf()).holder).toBeNull();
  });

  it('gives a dead holder to the one way back, leaves it the lock, and names the rollback each time (I5)', async () => {
    const id = await locked('deploy-1');
    world.pass(60_000);

    const first = await unlocked();
    const second = await unlocked();

    expect([first.outcome, second.outcome]).toEqual(['rescue-started', 'rescue-at-work']);
    expect(second.did).toEqual([]);
    expect(first.next).toEqual(second.next);
    expect(first.next.join()).toMatch(/^sluice operation [0-9a-z]+ --watch$/);
    expect(world.workflow.started).toEqual([
      expect.objectContaining({
        stateMachineArn: machines.rollback,
        input: { service, trigger: expect.objectContaining({ kind: 'dead-execution', operation: id }) },
      }),
    ]);
    expect((await lockOf()).holder).toBe(id);
    expect(await api.serviceAudit()).toEqual(['unlock intent', 'unlock result']);
  });

  it('freezes the service when the rescue is dead too: the lock is free, the operation has an outcome (I5)', async () => {
    const id = await locked('deploy-1');
    world.pass(60_000);
    await unlock();
    world.workflow.describe = async () => null;
    expect((await unlocked()).outcome).toBe('rescue-at-work');
    world.pass(world.service.deadlines.operation + 1);

    const answer = await unlocked();

    expect(answer.outcome).toBe('frozen');
    expect(answer.didNot.join()).toContain('No traffic was moved');
    expect(answer.next.at(-1)).toContain('sluice unfreeze');
    expect((await lockOf()).holder).toBeNull();
    expect((await world.store.operations.read(id))?.outcome).toBe('frozen');
    const freezing = (await world.store.audit.list(id)).filter(({ action }) => action === 'freeze');
    expect(freezing.map(({ phase, actor }) => [phase, actor])).toEqual([
      ['intent', 'ana@example.com'],
      ['result', 'ana@example.com'],
    ]);
    expect((await world.store.releases.frozen(service))?.by).toBe('ana@example.com');
    expect((await unlocked()).outcome).toBe('already-free');
  });

  it('frees what a dead standby machine had locked: there is no operation, and no traffic of its own', async () => {
    const { arn } = executionOf('deploy-1-standby', instant(0));
    const at = new Date(world.now()).toISOString();
    const claim = { operation: 'standby', kind: 'switch-traffic' as const, executionArn: arn, at, deadline: at };
    await world.store.locks.acquire(service, claim);
    // Until then it may have begun, and be unknown all the same.
    expect((await unlock()).status).toBe(409);
    world.pass(60_000);

    expect((await unlocked()).outcome).toBe('released');
    expect(world.workflow.started).toEqual([]);
  });
});
