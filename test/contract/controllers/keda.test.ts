import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStaticClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads } from '../../../adapters/cluster/workloads.ts';
import type { Autoscaler } from '../../../contracts/configuration/autoscaler.ts';
import type {
  Deployment,
  HorizontalPodAutoscaler,
  KubeObject,
  ScaledObject,
} from '../../../sandbox/kubernetes/controllers/objects.ts';
import { resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { autoscaler, deployment } from './manifests.ts';
import { startWorld, type World } from './world.ts';

const namespace = 'production-green';

let world: World;
let kubernetes: KubernetesClient;
beforeAll(async () => {
  world = await startWorld({ run: ['kubelet', 'workloads', 'operators'] });
  const { endpoint, caPem: ca, adminToken: token } = world.kubernetes;
  kubernetes = createKubernetesClient(createStaticClusterAccess({ name: 'admin', endpoint, ca, token }));
});
afterAll(async () => {
  await kubernetes.close();
  await world.close();
});

const scaledObject = (name: string, spec: Partial<ScaledObject['spec']> = {}): ScaledObject => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { namespace, name },
  spec: { scaleTargetRef: { name }, triggers: [{ type: 'prometheus', metadata: {} }], ...spec } as ScaledObject['spec'],
});
const install = async (name: string, spec: Partial<ScaledObject['spec']>) => {
  await world.client.create(resources.deployments, deployment(namespace, name, `v1-${name}`));
  await world.client.create(resources.scaledObjects, scaledObject(name, spec));
};
const hpa = (name: string, fits: (one: HorizontalPodAutoscaler) => boolean = () => true) =>
  world.until<HorizontalPodAutoscaler>(resources.autoscalers, `${namespace}/keda-hpa-${name}`, fits);
const ready = (name: string, count: number) =>
  world.until<Deployment>(
    resources.deployments,
    `${namespace}/${name}`,
    ({ spec, status }) => spec.replicas === count && (status?.readyReplicas ?? 0) === count,
  );
const change = (name: string, patch: object) => world.client.patch(resources.scaledObjects, { namespace, name }, patch);

describe('KEDA’s stand-in', () => {
  it('makes an HPA of a ScaledObject, owned by it, with KEDA’s defaults: at least 1, at most 100', async () => {
    await world.client.create(resources.scaledObjects, scaledObject('defaults'));

    expect(await hpa('defaults')).toMatchObject({
      metadata: {
        ownerReferences: [expect.objectContaining({ kind: 'ScaledObject', name: 'defaults', controller: true })],
      },
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'defaults' }, minReplicas: 1, maxReplicas: 100 },
    });
  });

  it('holds it: what somebody else writes there is undone, what is written on the ScaledObject follows', async () => {
    await install('held', { minReplicaCount: 2, maxReplicaCount: 5 });
    await hpa('held', ({ spec }) => spec.minReplicas === 2 && spec.maxReplicas === 5);

    const patched = await world.client.patch<KubeObject>(
      resources.autoscalers,
      { namespace, name: 'keda-hpa-held' },
      { spec: { minReplicas: 4 } },
    );
    await hpa(
      'held',
      ({ metadata, spec }) => spec.minReplicas === 2 && metadata.resourceVersion !== patched.metadata.resourceVersion,
    );
    await change('held', { spec: { minReplicaCount: 3 } });

    await hpa('held', ({ spec }) => spec.minReplicas === 3);
    await ready('held', 3);
  });

  it('scales to 0 without load where the minimum is 0, and up again when there is one', async () => {
    await install('sleeper', {});
    await ready('sleeper', 0);

    await change('sleeper', { spec: { minReplicaCount: 2 } });

    await ready('sleeper', 2);
  });

  it('leaves a paused one where it is, without an HPA, and goes on afterwards', async () => {
    await install('paused', { minReplicaCount: 2 });
    await ready('paused', 2);

    await change('paused', { metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '1' } } });
    await world.untilGone(resources.autoscalers, `${namespace}/keda-hpa-paused`);
    await ready('paused', 1);
    await change('paused', { metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': null } } });

    await hpa('paused', ({ spec }) => spec.minReplicas === 2);
    await ready('paused', 2);
  });
});

describe.each<[Autoscaler['kind'], (name: string) => Promise<unknown>]>([
  ['HPA', (name) => world.client.create(resources.autoscalers, autoscaler(namespace, name, 1))],
  ['ScaledObject', (name) => world.client.create(resources.scaledObjects, scaledObject(name, { minReplicaCount: 1 }))],
  ['none', () => world.client.create(resources.applications, applicationOf(namespace))],
])('with %s and controllers at work', (kind, create) => {
  const name = `by-${kind.toLowerCase()}`;
  const path = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${namespace}`;
  const set = (minimum: number, epoch: number, purpose: 'raise' | 'return' | 'lower') =>
    createWorkloads(kubernetes, {
      autoscaler: { kind, name },
      usualReplicas: 3,
      applicationOf: () => path,
    }).setMinimumReplicas(namespace, name, minimum, { epoch, operation: `op-${epoch}` }, { purpose });

  it('an environment gets its pods, wakes from 0 for a shift and for a return, and goes down again', async () => {
    await world.client.create(resources.deployments, deployment(namespace, name, `v1-${name}`));
    await create(name);
    await ready(name, 1);

    await set(3, 1, 'raise');
    await ready(name, 3);
    for (const [epoch, purpose] of [
      [2, 'raise'],
      [3, 'return'],
    ] as const) {
      // Somebody saves the cost of it; KEDA, whose minimum says otherwise, brings it back by itself.
      if (kind === 'ScaledObject') await set(0, epoch, 'lower');
      const at = { namespace, name, subresource: 'scale' } as const;
      await world.client.patch(resources.deployments, at, { spec: { replicas: 0 } });
      await ready(name, 0);
      await set(2, epoch, purpose);
      await world.until<Deployment>(
        resources.deployments,
        `${namespace}/${name}`,
        ({ status }) => (status?.readyReplicas ?? 0) >= 2,
      );
    }
    await set(1, 4, 'lower');

    await ready(name, 1);
    expect(world.errors).toEqual([]);
  });
});

const applicationOf = (name: string): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { namespace: 'argocd', name },
  spec: { project: 'production', destination: { namespace: name }, source: { repoURL: 'x' } },
});
