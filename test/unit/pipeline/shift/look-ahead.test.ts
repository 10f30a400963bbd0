import { beforeEach, describe, expect, it } from 'vitest';
import { postDeploymentSchema } from '../../../../contracts/configuration/post-deployment.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import type { ServiceCluster } from '../../../../pipeline/ports.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { observing } from '../support/observing.ts';
import { createWorld, registerDeployment, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const onBlue = { blue: 100, green: 0 };
const fence = { epoch: 1, seq: 1, operation: 'before', origin: 'blue' as const, weights: onBlue };

async function begun(
  errors: number | 'unreachable',
  loaded: readonly string[],
  workloads: Partial<ServiceCluster['workloads']> = {},
) {
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  const postDeployment = postDeploymentSchema.parse({ monitoring: { rules: ['HighErrorRate'], alertmanager: false } });
  const rules = async () => ({ kind: 'value' as const, value: loaded.map((name) => ({ name, failure: null })) });
  const { sides, handle } = observing(
    world,
    new FakeRoute(onBlue, fence),
    { ...world.service, postDeployment },
    { metrics: { rules }, workloads },
  );
  sides.errors.blue = errors;
  const outcome = await handle({ action: 'observe-live', execution });
  const checks = (await world.store.operations.read(operation.id))?.checks ?? [];
  return { outcome, found: (name: string) => checks.find((check) => check.name === name) };
}

describe('before anybody is asked to approve', () => {
  it('it is seen whether a shift could be judged, by what is live, and who would notice', async () => {
    const { outcome, found } = await begun(0.002, ['HighErrorRate']);

    expect(outcome).toEqual({ outcome: 'observed' });
    expect(found('metrics of blue')).toMatchObject({
      result: 'pass',
      reason: expect.stringContaining('Error rate 0.2 %'),
      url: expect.stringMatching(/^https:\/\/prometheus\.production\.example\.com\/graph\?/),
    });
    expect(found('alert rules')).toMatchObject({ result: 'pass' });
    expect(found('alert rules')).not.toHaveProperty('onFailure');
  });

  it('it is inconclusive while nothing answers, and refuses nothing', async () => {
    const { outcome, found } = await begun('unreachable', []);

    expect(outcome).toEqual({ outcome: 'observed' });
    expect(found('metrics of blue')).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining('no usable answer'),
    });
    expect(found('alert rules')).toMatchObject({ result: 'fail', reason: 'not loaded: HighErrorRate' });
  });

  it('it is seen that the standby could not get the pods for all the traffic', async () => {
    const quota = { metadata: { name: 'compute' }, status: { hard: { pods: '3' }, used: { pods: '3' } } };

    const { workloads } = fakeCluster(onBlue);
    const readDeployment: typeof workloads.readDeployment = async (namespace, name) => {
      const deployment = await workloads.readDeployment(namespace, name);
      const replicas = namespace === 'production-green' ? 1 : 3;
      return deployment && { ...deployment, status: { ...deployment.status, replicas } };
    };

    const { outcome, found } = await begun(0.002, [], { readDeployment, listQuotas: async () => [quota] });

    expect(outcome).toEqual({ outcome: 'observed' });
    expect(found('room for pods of green')).toMatchObject({
      result: 'fail',
      advisory: true,
      reason: expect.stringContaining('ResourceQuota production-green/compute: 3 of 3 is used'),
    });
  });

  it('of a standby with fewer pods it is said that there is room for the others', async () => {
    const { workloads } = fakeCluster(onBlue);
    const readDeployment: typeof workloads.readDeployment = async (namespace, name) => {
      const deployment = await workloads.readDeployment(namespace, name);
      const replicas = namespace === 'production-green' ? 1 : 3;
      return deployment && { ...deployment, status: { ...deployment.status, replicas } };
    };

    const { found } = await begun(0.002, [], { readDeployment });

    expect(found('room for pods of green')).toMatchObject({
      result: 'pass',
      reason: 'all the traffic needs 3 pods: 1 pod is there, and the autoscaler and the quotas leave room for 2 more',
    });
  });

  it('room is inconclusive while the quotas cannot be read', async () => {
    const listQuotas = async () => {
      throw new DependencyUnavailable('Kubernetes production', 'no answer');
    };

    const { found } = await begun(0.002, [], { listQuotas });

    expect(found('room for pods of green')).toMatchObject({
      result: 'inconclusive',
      reason: expect.stringContaining('no answer'),
    });
  });
});
