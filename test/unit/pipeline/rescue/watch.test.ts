import { beforeEach, describe, expect, it } from 'vitest';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { createHandler } from '../../../../functions/watch/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { createWorld, executionOf, personTrigger, type World } from '../support/world.ts';

const nothing = { frozen: [], stuck: [], unreachable: [] };

describe('watch', () => {
  let world: World;
  let published: object[];
  beforeEach(async () => {
    world = await createWorld();
    published = [];
  });

  const watch = (cluster = () => fakeCluster({ blue: 100, green: 0 })) =>
    createHandler({
      ...world,
      pagers: () => new Map(),
      cluster,
      installation: 'sluice',
      publish: (line) => published.push(line),
    })({});
  const register = async (name: string): Promise<string> => {
    const execution = executionOf(name);
    const trigger = personTrigger(world);
    await registerOperation(world, { execution, service: world.service, kind: 'deployment', trigger });
    return idOf(execution);
  };
  const beyondDeadline = () => world.pass(world.service.deadlines.operation + 1);

  it('sees nothing on a service that is well, and says so', async () => {
    await register('under-way');

    expect(await watch()).toEqual(nothing);
    expect(published).toEqual([
      expect.objectContaining({
        Installation: 'sluice',
        FrozenServices: 0,
        StuckOperations: 0,
        UnreachableServices: 0,
      }),
    ]);
  });

  it('sees a frozen service until it is released', async () => {
    const { name } = world.service;
    await world.store.releases.freeze(name, { reason: 'no return', operation: null, by: 'sluice', at: 'now' });

    expect(await watch()).toEqual({ ...nothing, frozen: [name] });
    await world.store.releases.unfreeze(name);
    expect(await watch()).toEqual(nothing);
  });

  it('sees an operation beyond its deadline, and not one that has ended (I5)', async () => {
    const stuck = await register('stuck');
    const ended = await register('ended');
    await world.store.operations.end(ended, { outcome: 'failed', reason: 'it did', at: 'then' });
    beyondDeadline();

    expect(await watch()).toEqual({ ...nothing, stuck: [stuck] });
  });

  it('sees a lock that outlived the deadline of its holder', async () => {
    await world.store.locks.acquire(world.service.name, {
      operation: 'dead-holder',
      kind: 'deployment',
      executionArn: 'arn',
      at: 'now',
      deadline: new Date(world.now() + 1_000).toISOString(),
    });
    world.pass(2_000);

    expect(await watch()).toEqual({ ...nothing, stuck: ['dead-holder'] });
  });

  it('sees a cluster that does not answer, and says why in its log', async () => {
    const silent = () => {
      const cluster = fakeCluster({ blue: 100, green: 0 });
      const read = () => Promise.reject(new DependencyUnavailable('Kubernetes', 'no answer within 5 s'));
      return { ...cluster, router: { ...cluster.router, read } };
    };

    expect(await watch(silent)).toEqual({ ...nothing, unreachable: [world.service.name] });
    expect(JSON.stringify(world.logged)).toContain('no answer within 5 s');
  });

  it('writes what CloudWatch takes for metrics: every metric that it announces is there as a number', async () => {
    await watch();

    const [line] = published as [
      { _aws: { CloudWatchMetrics: [{ Metrics: { Name: string }[]; Dimensions: string[][] }] } } & Record<
        string,
        unknown
      >,
    ];
    const [{ Metrics, Dimensions }] = line._aws.CloudWatchMetrics;
    for (const { Name } of Metrics) expect([Name, typeof line[Name]]).toEqual([Name, 'number']);
    for (const dimension of Dimensions.flat()) expect(typeof line[dimension]).toBe('string');
  });
});

it('a service that is only observed has no rescue, so that its route is nobody’s business here', async () => {
  const world = await createWorld();
  const services = [{ ...world.service, mode: 'observe' as const }];
  const cluster = (): never => {
    throw new Error('nobody may look');
  };

  const seen = await createHandler({
    ...world,
    configuration: { ...world.configuration, services },
    pagers: () => new Map(),
    cluster,
    installation: 'sluice',
    publish: () => undefined,
  })({});

  expect(seen).toEqual(nothing);
});
