import { beforeEach, describe, expect, it } from 'vitest';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { planSchema } from '../../../../contracts/api/plan.ts';
import { createTokenHeaderIdentity } from '../../../../functions/people/identify.ts';
import { createApp } from '../../../../functions/plan/app.ts';
import type { PlanApiDeps } from '../../../../functions/plan/deps.ts';
import { fakeCluster } from '../../pipeline/support/fake-cluster.ts';
import { FakeSource, planning } from '../../pipeline/support/releasing.ts';
import { createWorld, fakeSecrets, type World } from '../../pipeline/support/world.ts';

describe('GET /api/services/:name/plan', () => {
  let world: World;
  let deps: PlanApiDeps;
  beforeEach(async () => {
    world = await createWorld();
    deps = {
      ...planning(world, new FakeSource()),
      cluster: () => fakeCluster({ blue: 100, green: 0 }),
      identify: createTokenHeaderIdentity({
        secrets: fakeSecrets({ current: 'api-token', previous: null }),
        secretName: 'api',
        people: world.configuration.people,
      }),
    };
  });

  const ask = (query: string, headers: Record<string, string> = {}, name = 'chest-xray-mlops') =>
    createApp(deps).request(`/api/services/${name}/plan${query}`, {
      headers: { authorization: 'Bearer api-token', 'x-sluice-user': 'ana@example.com', ...headers },
    });

  it('answers whoever may look with a plan', async () => {
    const answer = await ask('?version=v2.1.0');

    expect(answer.status).toBe(200);
    expect(planSchema.parse(await answer.json())).toMatchObject({ version: 'v2.1.0', type: 'standard' });
  });

  it('answers nobody whom it does not know', async () => {
    expect((await ask('?version=v2.1.0', { authorization: 'Bearer other' })).status).toBe(401);
  });

  it('answers nobody of the installation who has no role', async () => {
    Object.assign(world.configuration, { roles: { viewer: [], deployer: [], admin: ['ben@example.com'] } });
    for (const service of world.configuration.services) service.approvals.rules.splice(0);

    expect((await ask('?version=v2.1.0')).status).toBe(403);
  });

  it.each([
    ['', 'version'],
    ['?version=latest', 'version'],
    ['?version=v2.1.0&type=quick', 'type'],
    ['?version=v2.1.0&verison=v2', 'verison'],
  ])('refuses %s whole, with the path of what is wrong', async (query, path) => {
    const answer = await ask(query);

    expect(answer.status).toBe(400);
    const { error } = apiErrorSchema.parse(await answer.json());
    expect(error.problems?.map((problem) => problem.path)).toEqual([path]);
  });

  it('knows no service that is not there, and no other path', async () => {
    expect((await ask('?version=v2.1.0', {}, 'other')).status).toBe(404);
    expect(
      (await createApp(deps).request('/api/services', { headers: { authorization: 'Bearer api-token' } })).status,
    ).toBe(404);
  });
});
