import { beforeEach, expect, it } from 'vitest';
import type { ObserveDeps } from '../../../../pipeline/ports.ts';
import { diagnose } from '../../../../pipeline/return/await-return.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift, returned } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A pod of green with a sidecar, whose own container crashes. */
const pod = {
  metadata: { name: 'xray-1' },
  spec: { containers: [{ name: 'istio-proxy' }, { name: 'app' }] },
  status: {
    containerStatuses: [
      { name: 'istio-proxy', ready: true },
      { name: 'app', ready: false },
    ],
  },
};

async function diagnosed(tailLogs: (pod: string, container: string | undefined) => Promise<string | null>) {
  const { id, route } = await inShift(world);
  const { execution, id: rollback } = await returned(world, route, id);
  const cluster = fakeCluster(route.weights);
  const workloads = {
    ...cluster.workloads,
    listPods: async () => [pod],
    listEvents: async () => [],
    tailLogs: async (_namespace: string, name: string, _lines: number, options?: { container?: string }) =>
      tailLogs(name, options?.container),
  };
  // Nothing else of what an observer has is asked for a diagnosis.
  const deps = { ...world, cluster: () => ({ ...cluster, workloads }) } as unknown as ObserveDeps;
  await diagnose(deps, execution);
  return (await world.store.operations.read(rollback))?.diagnosis;
}

it('reads the log of the container that is not ready, by its name: a pod with a sidecar has none of its own', async () => {
  const diagnosis = await diagnosed(async (name, container) => `${name} ${container} says: out of memory`);

  expect(diagnosis).toEqual([
    'green: 0 of 1 pods ready',
    'log of xray-1, container app:\nxray-1 app says: out of memory',
  ]);
});

it('says why a log could not be had, and goes on', async () => {
  const diagnosis = await diagnosed(() =>
    Promise.reject(new Error('Kubernetes production: 403 pods/log is forbidden')),
  );

  expect(diagnosis?.[1]).toBe(
    'log of xray-1, container app:\n(not available: Kubernetes production: 403 pods/log is forbidden)',
  );
});
