import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HttpRoute } from '../../../sandbox/kubernetes/controllers/objects.ts';
import { resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { service } from './manifests.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ run: ['kubelet', 'workloads', 'operators'] });
});
afterAll(() => world.close());

it('says of an HTTPRoute what a gateway would: backends that are missing, or not granted, and its newest version', async () => {
  const says = (status: string, reason: string, generation: number) =>
    world.until<HttpRoute>(resources.httpRoutes, 'production/xray', (route) => {
      const conditions = route.status?.parents?.[0]?.conditions ?? [];
      const [accepted, resolved] = ['Accepted', 'ResolvedRefs'].map((type) =>
        conditions.find((one) => one.type === type),
      );
      return (
        accepted?.status === 'True' &&
        resolved?.status === status &&
        resolved.reason === reason &&
        JSON.stringify(resolved).includes(`"observedGeneration":${generation}`)
      );
    });
  await world.client.create(resources.httpRoutes, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'xray', namespace: 'production' },
    spec: {
      parentRefs: [{ name: 'public' }],
      rules: [{ backendRefs: [{ name: 'xray', namespace: 'production-blue', port: 80 }] }],
    },
  });

  await says('False', 'RefNotPermitted', 1);
  await world.client.create(resources.referenceGrants, {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: 'xray', namespace: 'production-blue' },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'production' }],
      to: [{ group: '', kind: 'Service' }],
    },
  });
  await says('False', 'BackendNotFound', 1);
  await world.client.create(resources.services, service('production-blue', 'xray'));
  await says('True', 'ResolvedRefs', 1);
  const place = { namespace: 'production', name: 'xray' };
  await world.client.patch(resources.httpRoutes, place, { spec: { hostnames: ['xray.example.com'] } });
  await says('True', 'ResolvedRefs', 2);

  expect(world.errors).toEqual([]);
});
