import { beforeEach, describe, expect, it } from 'vitest';
import type { CapacityPurpose } from '../../../../adapters/cluster/minimum-replicas.ts';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { minutes, seconds } from '../../../../contracts/duration.ts';
import { rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { createHandler as createAct } from '../../../../functions/act/handler.ts';
import { createHandler as createOperation } from '../../../../functions/operation/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { FakeBranch } from '../support/fake-branch.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { inShift } from '../support/in-shift.ts';
import { createWorld, executionOf, registerDeployment, type World } from '../support/world.ts';

const former = 'f'.repeat(40);
const aborted = 'b'.repeat(40);
const onBlue = { blue: 100, green: 0 };
const afterAbort = minutes(30);
const returning = executionOf('deploy-1-return');
const lowering = executionOf('deploy-1-return-standby');

let world: World;
let branch: FakeBranch;
let route: FakeRoute;
/** What the autoscalers were told, and for what. */
let capacities: [namespace: string, minimum: number, purpose: CapacityPurpose | undefined][];
let pins: string[];
/** Whether green's autoscaler can be written. */
let isAway: boolean;
beforeEach(async () => {
  world = await createWorld();
  branch = new FakeBranch(former);
  capacities = [];
  pins = [];
  isAway = false;
  configure({ afterAbort });
});

const configure = (changes: Partial<ServiceConfiguration['standby']>) =>
  Object.assign(world.service, { standby: { ...world.service.standby, ...changes } });

/** `abort`: a person's; `noticed`: the deployment has seen the person's abort by itself; `failure`: nobody has aborted it. */
type Ending = 'abort' | 'noticed' | 'failure';

/** A rollback that has brought all the traffic back to blue from a deployment to green, verified it, and cleans up. */
async function returned(ending: Ending = 'abort'): Promise<string> {
  const { operation, epoch } = await inShift(world, onBlue);
  const { service } = world;
  await world.store.operations.update(operation.id, {
    ...{ gitCommit: aborted, formerCommit: former },
    ...(ending === 'failure' ? {} : { abort: { actor: 'ana@example.com', reason: 'not today' } }),
  });
  const id = idOf(returning);
  const of = { service: service.name, operation: operation.id, reason: 'not today' };
  const trigger = rollbackTriggerSchema.parse(
    ending === 'abort'
      ? { kind: 'abort', ...of, actor: 'ana@example.com', at: world.now() }
      : { kind: 'failure', ...of },
  );
  await registerOperation(world, { execution: returning, service, trigger, kind: 'rollback', related: operation.id });
  await world.store.operations.update(id, { target: 'blue', origin: 'green', epoch: epoch + 1 });
  await world.store.locks.takeOver(service.name, await world.store.locks.read(service.name), {
    ...{ operation: id, kind: 'rollback', executionArn: returning.arn, at: returning.startedAt },
    deadline: operation.deadline,
  });
  const { epoch: taken } = await world.store.locks.read(service.name);
  route = new FakeRoute(onBlue, { epoch: taken, seq: 9, operation: id, origin: 'blue', weights: onBlue });
  return id;
}

function act(command: object) {
  const cluster = fakeCluster(onBlue);
  const applications = {
    // the fields that are read
    read: async () =>
      ({ metadata: { annotations: {} }, spec: { source: { targetRevision: aborted } } }) as unknown as Application,
    replaceSync: async (_name, { revision }) => {
      pins.push(revision);
      return { kind: 'started' };
    },
  } as Partial<ArgoApplications> as ArgoApplications;
  return createAct({
    ...world,
    wakeWaiting: async () => {},
    branch,
    cluster: () => ({
      ...cluster,
      router: route,
      applications,
      workloads: {
        ...cluster.workloads,
        setMinimumReplicas: async (namespace, _name, minimum, _fence, { purpose } = {}) => {
          if (isAway) throw new Error('died');
          capacities.push([namespace, minimum, purpose]);
          return { kind: 'set', before: 3, minimum, maximum: 10 };
        },
      },
    }),
  })(command);
}
const cleanUp = () => act({ action: 'clean-up', execution: returning });
const lower = () =>
  act({ action: 'lower-standby', execution: lowering, service: world.service.name, after: idOf(returning) });
const operate = (command: object) =>
  createOperation({ ...world, rescueDeadHolder: async () => {}, publishKept: async () => {} })(command);
const planned = () =>
  operate({ action: 'plan-standby', execution: lowering, service: world.service.name, after: idOf(returning) });

/** Cleaned up, ended, and the lock is free: what the standby machine finds. */
async function ended(ending: Ending = 'abort'): Promise<void> {
  await returned(ending);
  await cleanUp();
  await operate({ action: 'finalize-rollback', execution: returning, reason: '' });
  capacities = [];
}
const lockHolder = async () => (await world.store.locks.read(world.service.name)).holder;
const record = () => world.store.operations.read(idOf(returning));

describe('the target of a deployment that a person has aborted', () => {
  it.each(['abort', 'noticed'] as const)('loses its release at once and keeps its pods, fenced: %s', async (ending) => {
    await returned(ending);

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect(pins).toEqual([former]);
    const { then } = world.service.standby;
    expect(capacities).toEqual([['production-green', then, 'return']]);
    expect(await record()).toMatchObject({ keptWarmUntil: '2026-11-23T15:30:00.000Z' });
    const [noted] = (await world.store.audit.list(idOf(returning))).filter(({ action }) => action === 'clean-up');
    expect(noted?.details.reason).toMatch(/^green keeps its pods until 2026-11-23 15:30:00Z \(standby\.afterAbort\)/);
  });

  it('keeps them no longer when the clean-up is repeated (I10)', async () => {
    await returned();
    await cleanUp();
    world.pass(minutes(5));

    await cleanUp();

    expect(await record()).toMatchObject({ keptWarmUntil: '2026-11-23T15:30:00.000Z' });
  });

  it.each<[string, Ending, Partial<ServiceConfiguration['standby']>]>([
    ['nothing is configured', 'abort', { afterAbort: seconds(0) }],
    ['it failed', 'failure', {}],
  ])('is lowered at once where %s', async (_, ending, standby) => {
    configure(standby);
    await returned(ending);

    await cleanUp();

    expect(capacities).toEqual([['production-green', world.service.standby.then, 'lower']]);
    expect(await record()).toMatchObject({ keptWarmUntil: null });
  });

  it('is lowered once its time is over, and the other side keeps what it has until keepWarm is (I8)', async () => {
    await ended();
    const { keepWarm, then } = world.service.standby;

    expect(await planned()).toEqual({ outcome: 'planned', waitSeconds: 30 * 60 });
    world.pass(afterAbort - seconds(1));
    expect(await lower()).toEqual({ outcome: 'warm' });
    expect(capacities).toEqual([]);
    expect(await planned()).toEqual({ outcome: 'planned', waitSeconds: 1 });
    world.pass(seconds(1));
    expect(await lower()).toEqual({ outcome: 'warm' });
    expect(capacities).toEqual([['production-green', then, 'lower']]);
    expect(await lockHolder()).toBeNull();

    expect(await planned()).toEqual({ outcome: 'planned', waitSeconds: (keepWarm - afterAbort) / 1_000 });
    world.pass(keepWarm - afterAbort);
    expect(await lower()).toEqual({ outcome: 'lowered' });
    expect(capacities.slice(1)).toEqual([
      ['production-green', then, 'lower'],
      ['production-blue', world.service.replicas.min, 'lower'],
    ]);
  });

  it('is left alone once a later operation has the route: it may begin at once, and the side is its own', async () => {
    await ended();
    route = new FakeRoute(onBlue, { epoch: 9, seq: 20, operation: 'the-next', origin: 'blue', weights: onBlue });
    world.pass(afterAbort);

    expect(await lower()).toMatchObject({
      outcome: 'left-alone',
      reason: expect.stringContaining('the-next came later'),
    });
    expect([capacities, route.writes]).toEqual([[], []]);
  });

  it('stays warm while somebody holds the lock who may never come to the route, and is lowered with the rest', async () => {
    await ended();
    const { operation } = await registerDeployment(world, { name: 'the-next' });
    const { executionArn, startedAt: at, deadline } = operation;
    const claim = { operation: operation.id, kind: 'deployment' as const, executionArn, at, deadline };
    await world.store.locks.acquire(world.service.name, claim);
    world.pass(afterAbort);

    expect(await lower()).toEqual({ outcome: 'warm' });
    await world.store.locks.release(world.service.name, operation.id);
    world.pass(world.service.standby.keepWarm);

    expect(await lower()).toEqual({ outcome: 'lowered' });
    expect(capacities).toHaveLength(2);
  });

  it('is lowered by the repetition of a task that died in between, under the same fence', async () => {
    await ended();
    world.pass(afterAbort);
    isAway = true;
    await expect(lower()).rejects.toThrow('died');
    expect(await lockHolder()).toBeNull();
    isAway = false;

    expect(await lower()).toEqual({ outcome: 'warm' });

    expect(capacities).toEqual([['production-green', world.service.standby.then, 'lower']]);
    expect(route.fence?.operation).toBe(idOf(lowering));
  });

  it('keeps its pods while the load balancer still sends it requests (I2)', async () => {
    await ended();
    route.behind = 'rule 1 of the load balancer has green 100 %';
    world.pass(afterAbort);

    expect(await lower()).toEqual({ outcome: 'warm' });
    expect(capacities).toEqual([]);
  });
});
