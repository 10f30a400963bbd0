import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import { milliseconds } from '../../../../contracts/duration.ts';
import { createHandler } from '../../../../functions/observe/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

describe('somebody else has committed to an environment’s branch (rule 8, I3)', () => {
  let world: World;
  let asked: string[];
  beforeEach(async () => {
    world = await createWorld();
    asked = [];
  });

  /** The observing function where the branch of one side was moved to `theirs` after `ours` had been synced to both. */
  async function moved(side: 'blue' | 'green') {
    const { execution, id, route } = await inShift(world);
    const { environments } = world.service;
    await world.store.operations.update(id, { gitCommit: 'ours' });
    const at = (seconds: number) => new Date(world.now() - seconds * 1_000).toISOString();
    const read = async (name: string): Promise<Application> =>
      // the fields that are read
      ({
        status: {
          sync: { status: 'OutOfSync', revision: name === environments[side].application ? 'theirs' : 'ours' },
          reconciledAt: at(1),
          operationState: {
            phase: 'Succeeded',
            finishedAt: at(10),
            operation: { info: [{ name: 'sluice.dev/operation', value: id }], sync: { revision: 'ours' } },
            syncResult: { revision: 'ours' },
          },
        },
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
    return { execution, route, handle, drifts };
  }

  it.each(['blue', 'green'] as const)(
    'before an operation begins, to that of %s: recorded once with both commits, and nothing is synced or moved',
    async (side) => {
      const { execution, route, handle, drifts } = await moved(side);
      const weights = { ...route.weights };

      await handle({ action: 'observe-live', execution });
      await handle({ action: 'observe-live', execution });

      const what = `branch ${world.service.environments[side].branch}`;
      expect(await drifts()).toEqual([
        {
          reason: `Somebody else moved ${what} to theirs; ours was synced last, and stays.`,
          details: { what, before: 'ours', after: 'theirs' },
        },
      ]);
      expect(asked.filter((one) => one.startsWith('sync'))).toEqual([]);
      expect(route.weights).toEqual(weights);
    },
  );

  it('on top of the commit that is just being synced: recorded, and the operation ends, since nobody could say what runs', async () => {
    const { execution, handle, drifts } = await moved('green');

    const answer = await handle({ action: 'await-sync', execution });

    const branch = `branch ${world.service.environments.green.branch}`;
    const reason = `Somebody else moved ${branch} to theirs while ours was synced.`;
    expect(answer).toEqual({ outcome: 'drift', cause: 'drift', reason });
    expect(await drifts()).toEqual([{ reason, details: { what: branch, before: 'ours', after: 'theirs' } }]);
  });

  it('to that of the other side, while ours is synced to the target: the sync goes on', async () => {
    const { execution, handle } = await moved('blue');

    expect(await handle({ action: 'await-sync', execution })).not.toMatchObject({ outcome: 'drift' });
  });
});
