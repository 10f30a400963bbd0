import { beforeEach, describe, expect, it } from 'vitest';
import { goodVersionsSchema } from '../../../../contracts/api/good-versions.ts';
import { allOn, type Weights } from '../../../../contracts/names.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, digest, registerGood, type World } from '../support/world.ts';

const standing = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}` };
const older = { version: 'v1.9.0', digest: `sha256:${'11'.repeat(32)}` };
let world: World;
beforeEach(async () => {
  world = await createWorld();
  // v2.1.0 is live on green; v2.0.0 stands on blue.
  await registerGood(world, { version: 'v2.1.0', digest });
  await registerGood(world, standing);
  await registerGood(world, older);
});

const versions = async (weights: Weights = allOn('green'), ready = 3) => {
  const api = operatorApi(world, { cluster: () => fakeCluster(weights, { blue: ready, green: 3 }) });
  const answer = await api.get(`/api/services/${world.service.name}/good-versions`);
  const found = goodVersionsSchema.parse(await answer.json());
  return found.versions.map(({ version, takes, text }) => [version, takes, text]);
};

describe('where a rollback may go', () => {
  it('is what stands beside the live release in seconds, and what has to be deployed in minutes', async () => {
    expect(await versions()).toEqual(
      expect.arrayContaining([
        ['v2.0.0', 'seconds', 'it runs on blue'],
        ['v1.9.0', 'minutes', 'it is deployed first'],
      ]),
    );
    expect((await versions()).map(([version]) => version)).not.toContain('v2.1.0');
  });

  it('takes minutes as well where too few pods stand', async () => {
    expect(await versions(allOn('green'), 1)).toContainEqual([
      'v2.0.0',
      'minutes',
      'it runs on blue, with too few pods until more have started',
    ]);
  });

  it('has nothing that is on hold', async () => {
    const hold = { ...standing, reason: 'wrong findings', operation: 'x', at: new Date(world.now()).toISOString() };
    await world.store.releases.hold(world.service.name, hold);

    expect((await versions()).map(([version]) => version)).toEqual(['v1.9.0']);
  });

  it('is only the origin in the middle of a shift, where nothing is deployed', async () => {
    expect(await versions({ blue: 75, green: 25 })).toEqual([['v2.0.0', 'seconds', 'it runs on blue']]);
  });
});
