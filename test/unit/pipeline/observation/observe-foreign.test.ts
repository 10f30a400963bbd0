import { beforeEach, describe, expect, it } from 'vitest';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { seconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { type ObservingOptions, observing } from '../support/observing.ts';
import { createWorld, digest, executionOf, personTrigger, type World } from '../support/world.ts';

const execution = executionOf('observed');

let world: World;
let service: ServiceConfiguration;
let route: FakeRoute;
/** What runs behind each side, by digest. */
let behind: { blue: string; green: string };
let id: string;
beforeEach(async () => {
  world = await createWorld();
  const { windows: _, ...others } = world.service;
  service = { ...others, windows: [], mode: 'observe' };
  world = { ...world, service, configuration: { ...world.configuration, services: [service] } };
  route = new FakeRoute({ blue: 100, green: 0 }, null);
  behind = { blue: `sha256:${'cd'.repeat(32)}`, green: digest };
  const registered = await registerOperation(world, {
    ...{ execution, service, trigger: personTrigger(world), kind: 'deployment' },
  });
  id = registered.id;
  const release = { version: 'v2.1.0', commit: 'c0ffee', digest, chartTree: null };
  await world.store.operations.update(id, { release });
});

const observe = (changes: Partial<ServiceConfiguration> = {}, options: ObservingOptions = {}) => {
  const { handle, sides } = observing(
    world,
    route,
    { ...service, ...changes },
    {
      ...options,
      workloads: {
        listBackend: async (namespace) => [
          {
            metadata: { labels: { 'app.kubernetes.io/version': 'v2.0.0' } },
            spec: {
              containers: [
                { name: 'app', image: `shop@${namespace === 'production-blue' ? behind.blue : behind.green}` },
              ],
            },
            status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
          },
        ],
        ...options.workloads,
      },
    },
  );
  return { sides, look: () => handle({ action: 'observe-foreign', execution }) };
};
const record = async () => {
  const operation = await world.store.operations.read(id);
  if (operation?.observation == null) throw new Error('nothing was observed');
  return { ...operation, observation: operation.observation };
};
const move = (green: number) => {
  route.weights = { blue: 100 - green, green };
};

describe('observing another pipeline', () => {
  it('writes nothing but its own record, and says the plan once', async () => {
    const { look } = observe();

    expect(await look()).toEqual({ outcome: 'observing' });
    move(25);
    expect(await look()).toEqual({ outcome: 'observing' });

    const { kind, state, target, origin, observation, epoch } = await record();
    expect({ kind, state, target, origin, epoch }).toEqual({
      ...{ kind: 'observation', state: 'observing', target: 'green', origin: 'blue', epoch: null },
    });
    expect(observation.seen.map(({ share }) => share)).toEqual([0, 25]);
    expect(observation.plan).toEqual([
      'It would have asked for approval, and waited for up to 24 h: 1 of devops, 1 of ml-lead.',
      'Its deployment window was open.',
      expect.stringContaining(
        'in steps of 5 %, 25 %, 50 %, 100 %, judged each for 5 min, and all of it for 10 min: 30 min',
      ),
    ]);
    expect(route.writes).toEqual([]);
    expect((await world.store.locks.read(service.name)).holder).toBeNull();
  });

  it('would return when an objective has been broken for as long as it may be, and not before; it notes that once (I10)', async () => {
    const { look, sides } = observe();
    move(25);
    sides.errors.green = 0.2;

    await look();
    world.pass(seconds(299));
    await look();
    expect((await record()).observation.decisions).toEqual([]);
    world.pass(seconds(1));
    await look();
    world.pass(seconds(15));
    await look();

    expect((await record()).observation.decisions).toMatchObject([
      { kind: 'return', share: 25, reason: expect.stringMatching(/Error rate 20 %.*\[ObjectiveBroken\]/) },
    ]);
  });

  it('says what an objective that only runs dry would have done, and decides nothing by it', async () => {
    const [first, ...others] = service.objectives.list;
    if (first === undefined) throw new Error('The service has no objective.');
    const dryRun = [{ ...first, name: 'more-errors', dryRun: true }];
    const { look, sides } = observe({ objectives: { ...service.objectives, list: others, dryRun } });
    move(25);
    sides.errors.green = 0.2;
    await look();
    world.pass(seconds(300));
    await look();

    const { observation, checks } = await record();
    expect(observation.decisions).toEqual([]);
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'dry run on green',
        result: 'fail',
        reason: expect.stringMatching(/^would have failed at .*: More errors 20 %, limit 1 %, for 5 min$/),
      }),
    );
  });

  it('judges each weight anew, as a shift does', async () => {
    const { look, sides } = observe();
    move(25);
    sides.errors.green = 0.2;
    await look();
    world.pass(seconds(200));
    move(50);
    await look();
    world.pass(seconds(200));
    await look();

    expect((await record()).observation.decisions).toEqual([]);
  });

  it('would pause where nothing can be measured for too long and a person is to decide', async () => {
    // biome-ignore lint/suspicious/noThenProperty: the word of sluice.yaml
    const inconclusive = { then: 'wait' as const, deadline: seconds(60) };
    const objectives = { ...service.objectives, inconclusive };
    const { look, sides } = observe({ objectives });
    move(25);
    sides.errors.green = 'unreachable';

    await look();
    world.pass(seconds(60));
    await look();
    world.pass(seconds(15));
    await look();

    expect((await record()).observation.decisions).toMatchObject([{ kind: 'pause', share: 25 }]);
  });

  it('goes on looking while the cluster does not answer, up to its deadline (I11)', async () => {
    const listBackend = async (): Promise<never> => {
      throw new DependencyUnavailable('cluster', 'did not answer');
    };
    const { look } = observe({}, { workloads: { listBackend } });

    expect(await look()).toEqual({ outcome: 'observing' });
    world.pass(service.deadlines.observation);

    expect(await look()).toMatchObject({ outcome: 'ended', ending: 'expired' });
  });

  it('counts a release as brought in once the stable side runs it, though the weights are back', async () => {
    const { look } = observe();
    move(50);
    await look();
    behind.blue = digest;
    move(0);
    await look();
    world.pass(service.bake);

    expect(await look()).toMatchObject({ outcome: 'ended', ending: 'would-succeed' });
  });

  it('ends as aborted where a person says so', async () => {
    const { look } = observe();
    await look();
    await world.store.operations.update(id, { abort: { actor: 'ana@example.com', reason: 'enough' } });

    expect(await look()).toMatchObject({ outcome: 'ended', ending: 'aborted' });
  });
});
