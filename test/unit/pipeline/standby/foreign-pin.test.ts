import { beforeEach, describe, expect, it } from 'vitest';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { deliveredSource } from '../../../../core/gitops/application-source.ts';
import { createHandler } from '../../../../functions/observe/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift as halfShifted } from '../support/in-shift.ts';
import { inShift } from '../support/observing.ts';
import { createWorld, registerGood, type World } from '../support/world.ts';

describe('somebody else has pinned an environment’s Application to another commit (rule 8, I3)', () => {
  let world: World;
  let asked: string[];
  beforeEach(async () => {
    world = await createWorld();
    asked = [];
  });

  /** The observing function where the Application of one side was pinned to `theirs` after Sluice had pinned both to `ours`. */
  async function pinned(side: 'blue' | 'green' | 'nobody', destinationOf: (name: string) => object = () => ({})) {
    const { execution, id, route } = await inShift(world);
    const { environments } = world.service;
    await world.store.operations.update(id, { gitCommit: 'ours' });
    const read = async (name: string): Promise<Application> =>
      // the fields that are read
      ({
        metadata: { name, annotations: { 'sluice.dev/pinned': 'ours' } },
        spec: {
          destination: destinationOf(name),
          source: { targetRevision: side !== 'nobody' && name === environments[side].application ? 'theirs' : 'ours' },
        },
        status: {},
      }) as unknown as Application;
    const applications = {
      read,
      refresh: async (name) => void asked.push(`refresh ${name}`),
      startSync: async (name) => {
        asked.push(`sync ${name}`);
        return { kind: 'started' };
      },
    } as Partial<ArgoApplications> as ArgoApplications;
    const handle = createHandler({
      ...world,
      cluster: () => ({ ...fakeCluster(route.weights), router: route, applications }),
      metrics: () => ({ query: async () => ({ kind: 'value', value: 0 }) }),
      prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: world.service.traffic.interval }) },
      pause: async (duration) => world.pass(duration),
      patience: milliseconds(0),
    });
    const drifts = async () =>
      (await world.store.audit.list(id)).filter(({ action }) => action === 'drift').map(({ details }) => details);
    const name = environments[side === 'nobody' ? 'green' : side].application;
    const what = `Application ${name}`;
    return { id, name, execution, route, handle, drifts, what };
  }

  it.each(['blue', 'green'] as const)(
    'before an operation begins, that of %s: recorded once with both commits, and nothing is synced or moved',
    async (side) => {
      const { execution, route, handle, drifts, what } = await pinned(side);
      const weights = { ...route.weights };

      await handle({ action: 'observe-live', execution });
      await handle({ action: 'observe-live', execution });

      expect(await drifts()).toEqual([
        {
          reason: `Somebody else pinned ${what} to theirs; Sluice had pinned it to ours [ApplicationDrifted].`,
          details: { what, before: 'ours', after: 'theirs' },
        },
      ]);
      expect(asked.filter((one) => one.startsWith('sync'))).toEqual([]);
      expect(route.weights).toEqual(weights);
    },
  );

  it('while ours is synced: recorded, and the operation ends, since nobody could say what runs', async () => {
    const { execution, handle, drifts, what } = await pinned('green');

    const answer = await handle({ action: 'await-sync', execution });

    const reason = `Somebody else pinned ${what.replace('Application ', '')} to theirs while ours was synced [ApplicationDrifted].`;
    expect(answer).toEqual({ outcome: 'drift', cause: 'drift', reason });
    expect(await drifts()).toEqual([{ reason, details: { what, before: 'ours', after: 'theirs' } }]);
  });

  it('that of the target with traffic: all goes back, and nothing is held against the release', async () => {
    const { execution, handle, what } = await pinned('green');

    expect(await handle({ action: 'judge', execution, weight: 50 })).toMatchObject({
      outcome: 'drift',
      cause: 'drift',
      reason: expect.stringContaining(`Somebody else pinned ${what} to theirs`),
    });
  });

  it('and so does other values in the target’s Application, which self-heal brings in by itself', async () => {
    const { id, execution, handle, drifts, name } = await pinned('nobody');
    const source = (helm: object) => deliveredSource({ spec: { source: helm } }, 'green');
    const standbySource = { source: source({ helm: { parameters: [] } }), differs: false, problem: null };
    await world.store.operations.update(id, { standbySource });

    const reason = `Somebody else changed the source of Application ${name}: it no longer adds to the chart what was approved [ApplicationDrifted].`;
    expect(await handle({ action: 'judge', execution, weight: 50 })).toEqual({
      outcome: 'drift',
      cause: 'drift',
      reason,
    });
    expect(await drifts()).toMatchObject([{ reason }]);
  });

  it.each([
    ['green', { outcome: 'drift', cause: 'drift' }],
    ['blue', {}],
  ] as const)(
    'and a destination that leads elsewhere, of the Application of %s, is told, and ends a shift to it',
    async (side, answer) => {
      const { application } = world.service.environments[side];
      const { execution, handle, drifts } = await pinned('nobody', (name) =>
        name === application ? { namespace: 'elsewhere' } : {},
      );

      const judged = await handle({ action: 'judge', execution, weight: 50 });

      const reason = `Application ${application} delivers to the namespace elsewhere. This environment is in production-${side}: correct spec.destination [ApplicationDrifted].`;
      expect(judged).toMatchObject(answer);
      expect(judged.outcome === 'drift').toBe(side === 'green');
      expect(await drifts()).toEqual([
        {
          reason,
          details: {
            what: `the destination of Application ${application}`,
            before: { namespace: `production-${side}`, cluster: null },
            after: { namespace: 'elsewhere' },
          },
        },
      ]);
    },
  );

  it('that of the other side: ours goes on', async () => {
    const { execution, handle } = await pinned('blue');

    expect(await handle({ action: 'await-sync', execution })).not.toMatchObject({ outcome: 'drift' });
    expect(await handle({ action: 'judge', execution, weight: 50 })).not.toMatchObject({ outcome: 'drift' });
  });
});

it('what is live has the version that is on record of its image, whatever a label says', async () => {
  const world = await createWorld();
  const { execution, operation, route } = await halfShifted(world, { blue: 100, green: 0 });
  const { id } = operation;
  const cluster = fakeCluster(route.weights);
  const handle = createHandler({
    ...world,
    cluster: () => ({ ...cluster, router: route }),
    metrics: () => ({ query: async () => ({ kind: 'value', value: 0 }) }),
    prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: world.service.traffic.interval }) },
    pause: async (duration) => world.pass(duration),
    patience: milliseconds(0),
  });
  const live = async () => (await world.store.operations.read(id))?.live;
  await handle({ action: 'observe-live', execution });
  const labelled = await live();
  if (labelled == null) throw new Error('nothing is live');
  await registerGood(world, { version: 'v1.9.0', digest: labelled.digest });

  await handle({ action: 'observe-live', execution });

  expect([labelled.version, (await live())?.version]).toEqual(['v2.0.0', 'v1.9.0']);
});
