import { beforeEach, expect, it } from 'vitest';
import type { RollbackTrigger } from '../../../../contracts/trigger.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift, observing, returned } from '../support/observing.ts';
import { createWorld, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A rollback to blue, and how it is verified, now and after the deadline. */
async function verifying(given?: (operation: string) => RollbackTrigger, service = world.service) {
  const { id, route } = await inShift(world);
  const { execution, id: rollback } = await returned(world, route, id, given?.(id));
  const { sides, handle } = observing(world, route, service);
  const verify = () => handle({ action: 'verify-return', execution });
  const late = async () => {
    world.pass(service.health.deadline + 1);
    return verify();
  };
  return { rollback, route, sides, verify, late };
}

it('is verified by its weights, its health and its objectives', async () => {
  const { sides, verify } = await verifying();
  sides.errors.blue = 0.5;

  expect(await verify()).toMatchObject({ outcome: 'verifying' });
  sides.errors.blue = 0.005;
  expect(await verify()).toEqual({ outcome: 'verified' });
});

it('says so where the side that has all the traffic again has fewer pods than are to serve', async () => {
  const { sides, rollback, verify } = await verifying();
  await world.store.operations.update(rollback, { reason: 'Alert HighErrorRate: green is alerting' });
  sides.pods.blue = [{ name: 'a', ready: true }];

  const answer = await verify();

  expect(answer).toMatchObject({
    outcome: 'verified',
    reason: expect.stringMatching(
      /^Alert HighErrorRate: green is alerting\. All the traffic is on blue, but it has too few pods .*1 of the 3 pods/,
    ),
  });
});

it('says so where requests still come to the failed side past the weights, and is verified all the same', async () => {
  const { route, rollback, verify } = await verifying();
  await world.store.operations.update(rollback, { reason: 'Alert HighErrorRate: green is alerting' });
  const { read } = route;
  route.read = async () => ({ ...(await read.call(route)), problem: 'http[0] mirrors requests to green' });

  expect(await verify()).toEqual({
    outcome: 'verified',
    reason:
      'Alert HighErrorRate: green is alerting. The weights are back, but requests also bypass them: http[0] mirrors requests to green [RouteNotOurs].',
  });
});

it('says so where the Deployment that has the traffic brings in something else than its pods run', async () => {
  const { id, route } = await inShift(world);
  const { execution } = await returned(world, route, id);
  const { readDeployment, listPods } = fakeCluster(route.weights).workloads;
  const image = `evil.example/implant@sha256:${'ee'.repeat(32)}`;
  const { handle } = observing(world, route, world.service, {
    workloads: {
      listPods,
      readDeployment: async (...asked) => {
        const deployment = await readDeployment(...asked);
        if (!deployment?.spec) return deployment;
        const template = { ...deployment.spec.template, spec: { containers: [{ name: 'app', image }] } };
        return { ...deployment, spec: { ...deployment.spec, template } };
      },
    },
  });

  expect(await handle({ action: 'verify-return', execution })).toMatchObject({
    outcome: 'verified',
    reason: expect.stringMatching(
      /All the traffic is on blue, but its Deployment asks for evil\.example\/implant@sha256:e+, .* \[DestinationDoubtful\]\./,
    ),
  });
});

it('is not held up by a source of metrics that is away (rule 6)', async () => {
  const { sides, verify } = await verifying();
  sides.errors.blue = 'unreachable';

  expect(await verify()).toEqual({ outcome: 'verified' });
});

it('moves once more when the destination is worse than what the side that was left had measured while it had the traffic (I2)', async () => {
  const { rollback, sides, verify, late } = await verifying();
  sides.errors.green = 0.05;
  sides.errors.blue = 0.9;
  await verify();
  // Without traffic there is nothing to measure any more.
  sides.errors.green = 0;

  const answer = await late();

  expect(answer).toMatchObject({ outcome: 'both-bad', environment: 'green' });
  expect(answer).toMatchObject({
    reason: expect.stringMatching(/blue: Error rate 90 %, limit 1 %.*green: Error rate 5 %/),
  });
  const audit = await world.store.audit.list(rollback);
  expect(audit.find(({ action }) => action === 'compare-sides')?.details).toMatchObject({
    details: { kind: 'both-bad', lessBad: 'green' },
  });
});

it.each([
  ['the side that was left was worse', 0.95, []],
  ['both are as bad as each other', 0.9, []],
  ['nobody knows what the side that was left had measured', 'unreachable', []],
  ['the side that was left is not even healthy', 0.05, ['green']],
] as const)(
  'stays at a bad destination when %s: the service freezes with the readings of both (I5)',
  async (_, left, ill) => {
    const { sides, verify, late } = await verifying();
    sides.errors.green = left;
    sides.errors.blue = 0.9;
    await verify();
    for (const environment of ill) sides.unhealthy.add(environment);

    expect(await late()).toMatchObject({
      outcome: 'unverified',
      reason: expect.stringMatching(
        /return to blue could not be verified: Error rate 90 %, limit 1 % \[ReturnUnverified\]; compared, .*green: /,
      ),
    });
  },
);

it('stays where a person wanted it, however bad that is (I7)', async () => {
  const { sides, verify, late } = await verifying((operation) => ({
    kind: 'abort',
    service: world.service.name,
    operation,
    reason: 'enough',
    actor: 'ana@example.com',
    at: start,
  }));
  sides.errors.blue = 0.9;
  await verify();

  expect(await late()).toMatchObject({ outcome: 'unverified' });
});

it('never moves a second time between separate databases', async () => {
  const { sides, verify, late } = await verifying(undefined, { ...world.service, data: 'separate' });
  sides.errors.blue = 0.9;
  await verify();

  expect(await late()).toMatchObject({ outcome: 'unverified' });
});

it('can never be verified on the side that failed, even if that is good by now: it ends frozen (I6)', async () => {
  const { rollback, route, verify } = await verifying();
  await world.store.operations.update(rollback, { target: 'green', origin: 'blue', reason: 'both sides are bad' });
  route.weights = { blue: 0, green: 100 };

  expect(await verify()).toMatchObject({ outcome: 'unverified', reason: expect.stringContaining('less bad side') });
});

it('is verified once the load balancer follows the route, and freezes where it does not in time (I5)', async () => {
  const { route, verify, late } = await verifying();
  route.behind = 'HTTPS:443, rule 1 of the load balancer has green 100 %, not yet blue 100 %';

  expect(await verify()).toMatchObject({ outcome: 'verifying' });
  expect(await late()).toMatchObject({
    outcome: 'unverified',
    reason: expect.stringContaining('rule 1 of the load balancer has green 100 %'),
  });
  route.behind = null;
  expect(await verify()).toEqual({ outcome: 'verified' });
});

it('is not verified while nobody can say whether the load balancer follows', async () => {
  const { route, verify, late } = await verifying();
  route.lag = async () => {
    throw new Error('load balancer: 503');
  };

  expect(await verify()).toMatchObject({ outcome: 'verifying' });
  expect(await late()).toMatchObject({
    outcome: 'unverified',
    reason: expect.stringContaining(
      'it is not known whether the load balancer has applied the weights: load balancer: 503',
    ),
  });
});
