import type { V1Deployment } from '@kubernetes/client-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readCapacityFence } from '../../../adapters/cluster/capacity-fence.ts';
import { capacityAnnotation } from '../../../adapters/cluster/deployment-scale.ts';
import type { CapacityPurpose } from '../../../adapters/cluster/minimum-replicas.ts';
import { createWorkloads, type Workloads } from '../../../adapters/cluster/workloads.ts';
import type { Autoscaler } from '../../../contracts/configuration/autoscaler.ts';
import { fenceAnnotation } from '../../../contracts/fence.ts';
import { createNamespace } from '../../support/start-kubernetes.ts';
import { type ClusterWorld, startClusterWorld } from './cluster-world.ts';

const namespace = 'production-green';
const name = 'chest-xray-mlops';
const labels = { 'app.kubernetes.io/name': name };
const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
const autoscalers = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
const scaledObjects = `/apis/keda.sh/v1alpha1/namespaces/${namespace}/scaledobjects`;

const deployment = (replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'x' }] } },
  },
});
const application = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'xray-green' },
  spec: { project: 'production', destination: { namespace } },
};
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name }, minReplicas: 1, maxReplicas: 10 },
};
const scaledObject = {
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name: 'xray' },
  spec: {
    scaleTargetRef: { name },
    minReplicaCount: 1,
    maxReplicaCount: 10,
    triggers: [{ type: 'cron', metadata: {} }],
  },
};

/** One way in which the capacity of an environment is set, and where that stands. */
interface Variant {
  readonly autoscaler: Autoscaler;
  /** The object with the minimum, where it is listed, and its fields. */
  readonly object: { readonly metadata: { readonly name: string } };
  readonly path: string;
  readonly field: 'minReplicas' | 'minReplicaCount' | 'replicas';
  readonly limit: string | null;
  /** The object with the fence. */
  readonly fenced: string;
  readonly annotation: string;
}
const variants: readonly Variant[] = [
  {
    autoscaler: { kind: 'HPA', name },
    object: autoscaler,
    path: autoscalers,
    field: 'minReplicas',
    limit: 'maxReplicas',
    fenced: `${autoscalers}/${name}`,
    annotation: fenceAnnotation,
  },
  {
    autoscaler: { kind: 'ScaledObject', name: 'xray' },
    object: scaledObject,
    path: scaledObjects,
    field: 'minReplicaCount',
    limit: 'maxReplicaCount',
    fenced: `${scaledObjects}/xray`,
    annotation: fenceAnnotation,
  },
  {
    autoscaler: { kind: 'none', name },
    object: deployment(1),
    path: deployments,
    field: 'replicas',
    limit: null,
    fenced: `${applications}/xray-green`,
    annotation: capacityAnnotation,
  },
];

let world: ClusterWorld;
beforeAll(async () => {
  world = await startClusterWorld();
  for (const each of [namespace, 'argocd']) {
    await createNamespace(world.admin, each);
  }
});
afterAll(() => world.close());
beforeEach(async () => {
  const all = [
    [deployments, deployment(1)],
    [applications, application],
    [autoscalers, autoscaler],
    [scaledObjects, scaledObject],
  ] as const;
  for (const [path, object] of all) {
    await world.admin.delete(`${path}/${object.metadata.name}`);
    await world.admin.create(path, object);
  }
});

interface Live {
  readonly metadata: { readonly annotations?: Record<string, string>; readonly resourceVersion: string };
  readonly spec: Readonly<Record<string, number>>;
}
const workloadsOf = (chosen: Autoscaler, usualReplicas = 3): Workloads =>
  createWorkloads(world.kubernetes, {
    autoscaler: chosen,
    usualReplicas,
    applicationOf: () => `${applications}/xray-green`,
  });
const fence = (epoch: number, operation = 'op') => ({ epoch, operation });
const replicas = async () => (await world.admin.get<V1Deployment>(`${deployments}/${name}`))?.spec?.replicas;
const scale = (to: number) => world.admin.mergePatch(`${deployments}/${name}/scale`, { spec: { replicas: to } });

describe.each(variants)('the capacity of an environment by $autoscaler.kind', (variant) => {
  const { path, field, limit, fenced, annotation, object } = variant;
  const at = `${path}/${object.metadata.name}`;
  const live = async () => (await world.admin.get<Live>(at))?.spec[field];
  const people = (minimum: number) => world.admin.mergePatch(at, { spec: { [field]: minimum } });
  const fenceOf = async () =>
    readCapacityFence((await world.admin.get<Live>(fenced))?.metadata.annotations?.[annotation]);
  const set = (minimum: number, by = fence(3), purpose: CapacityPurpose = 'raise') =>
    workloadsOf(variant.autoscaler).setMinimumReplicas(namespace, name, minimum, by, { purpose });
  const seen = () => workloadsOf(variant.autoscaler).readCapacity(namespace, name);

  it('is set, and leaves its fence', async () => {
    const maximum = limit === null ? null : 10;

    expect(await set(4)).toEqual({ kind: 'set', before: 1, minimum: 4, maximum });

    expect(await live()).toBe(4);
    expect(await fenceOf()).toEqual({ epoch: 3, operation: 'op', minimum: 4 });
    expect(await seen()).toMatchObject({ minimum: 4, fence: { minimum: 4 }, problem: null });
  });

  it('is not changed the second time (I10)', async () => {
    await set(4);
    // What controllers write beside it, status and annotations of their own, is theirs.
    const written = async () => [(await world.admin.get<Live>(at))?.spec, await fenceOf()];
    const before = await written();

    expect(await set(4)).toMatchObject({ kind: 'unchanged', minimum: 4 });

    expect(await written()).toEqual(before);
  });

  it('has a newer fence also when it is right already, so that older holders are out (I12)', async () => {
    await set(4, fence(3, 'deployment'));
    await set(4, fence(4, 'rollback'), 'return');

    for (const purpose of ['raise', 'return', 'lower'] as const) {
      const late = set(1, fence(3, 'deployment'), purpose);
      await expect(late).rejects.toMatchObject({ name: 'StaleHolder', epoch: 4 });
    }
    expect(await live()).toBe(4);
  });

  it('is set while others write the same objects', async () => {
    const others = Array.from({ length: 3 }, (_, count) =>
      Promise.all(
        [at, fenced].map((each) => world.admin.mergePatch(each, { metadata: { labels: { n: `${count}` } } })),
      ),
    );

    const [outcome] = await Promise.all([set(2, fence(5)), ...others]);

    expect(outcome).toMatchObject({ kind: 'set', minimum: 2 });
    expect(await live()).toBe(2);
  });

  it('takes a damaged fence over: the lock says who may', async () => {
    await world.admin.mergePatch(fenced, { metadata: { annotations: { [annotation]: '{oops' } } });

    expect(await set(3, fence(2))).toMatchObject({ kind: 'set' });
  });

  it('is not lowered by whoever needs less, as long as it may be needed', async () => {
    await set(8);

    expect(await set(3, fence(4, 'rollback'), 'return')).toMatchObject({ minimum: 8 });
    expect(await set(3, fence(5, 'next'))).toMatchObject({ minimum: 8 });
    expect(await live()).toBe(8);

    expect(await set(1, fence(6, 'standby'), 'lower')).toMatchObject({ minimum: 1 });
    expect(await live()).toBe(1);
  });

  it.each<[string, (() => Promise<unknown>) | null]>([
    ['before Sluice wrote it for the first time', null],
    ['at rest', () => set(2, fence(3), 'lower')],
  ])(
    'is never lowered below what people have set %s, through operation after operation (ADR 35)',
    async (_when, before) => {
      await before?.();
      await people(5);

      await set(3, fence(4, 'deployment'));
      await set(8, fence(4, 'deployment'));
      await set(1, fence(5, 'standby'), 'lower');
      expect(await live()).toBe(5);
      await set(8, fence(6, 'next'));
      await set(1, fence(7, 'standby of the next'), 'lower');

      expect(await live()).toBe(5);
      expect(await fenceOf()).toMatchObject({ minimum: 5, people: 5 });
    },
  );

  it('goes down again when people have set less', async () => {
    await set(2, fence(3), 'lower');
    await people(5);
    await set(1, fence(4), 'lower');
    await people(2);

    await set(1, fence(5), 'lower');

    expect(await live()).toBe(2);
  });

  it('takes the chart’s first value for nobody’s wish', async () => {
    await people(3);

    await set(1, fence(1), 'lower');

    expect(await live()).toBe(1);
  });

  it('wakes a Deployment of 0 replicas, which an autoscaler leaves alone, for a shift and for a return', async () => {
    for (const [epoch, purpose] of [
      [3, 'raise'],
      [4, 'return'],
    ] as const) {
      await scale(0);

      await set(3, fence(epoch), purpose);

      expect(await replicas()).toBe(3);
    }
  });

  it('wakes it also after a crash between the two writes, and no stale holder does (I12)', async () => {
    await set(3);
    await scale(0);

    await set(3);
    expect(await replicas()).toBe(3);

    await set(3, fence(4, 'rollback'));
    await scale(0);
    await expect(set(3, fence(3))).rejects.toMatchObject({ name: 'StaleHolder' });
    expect(await replicas()).toBe(0);
  });

  it('does not exist: a shift says what is missing', async () => {
    await world.admin.delete(at);

    await expect(set(2)).rejects.toMatchObject({
      name: 'NotFound',
      message: expect.stringMatching(/there is no \w+ production-green\/.*`autoscaler` in sluice.yaml/),
    });
    expect(await seen()).toBeNull();
  });

  if (limit === null) return;

  it('leaves a Deployment of 0 replicas alone when nothing needs it', async () => {
    await scale(0);

    await set(1, fence(3), 'lower');

    expect(await replicas()).toBe(0);
  });

  it('does not go beyond what the autoscaler may start: a shift is told the number, a return gets what there is', async () => {
    await expect(set(11)).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining(`${limit} (10): set ${limit} to at least 11`),
    });
    expect(await live()).toBe(1);

    expect(await set(11, fence(4), 'return')).toMatchObject({ kind: 'set', minimum: 10 });
    expect(await live()).toBe(10);
  });

  it('is not there, and a return raises the Deployment itself', async () => {
    await world.admin.delete(at);

    expect(await set(3, fence(4), 'return')).toMatchObject({ kind: 'not-ours', minimum: 3 });

    expect(await replicas()).toBe(3);
  });
});

describe('an autoscaler that is not Sluice’s, or does not decide', () => {
  /** As KEDA marks an HPA that it makes. */
  const ownedBy = ({ metadata: { name: owner, uid } }: { metadata: { name: string; uid: string } }) => ({
    ownerReferences: [{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', name: owner, uid, controller: true }],
  });

  it('an HPA that KEDA owns is not patched: a shift is told what to write, a return raises the Deployment', async () => {
    const owner = await world.admin.get<Parameters<typeof ownedBy>[0]>(`${scaledObjects}/xray`);
    if (owner === null) throw new Error('there is no ScaledObject');
    await world.admin.mergePatch(`${autoscalers}/${name}`, { metadata: ownedBy(owner) });
    // Its status belongs to the autoscaler's own controller, which may write it meanwhile.
    const asWritten = async () => {
      const seen = await world.admin.get<{ spec: object; metadata: { annotations?: object } }>(
        `${autoscalers}/${name}`,
      );
      return [seen?.spec, seen?.metadata.annotations];
    };
    const before = await asWritten();
    const workloads = workloadsOf({ kind: 'HPA', name });
    const set = (purpose: CapacityPurpose) => workloads.setMinimumReplicas(namespace, name, 3, fence(3), { purpose });

    await expect(set('raise')).rejects.toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('autoscaler: { kind: ScaledObject, name: xray }'),
    });
    expect(await replicas()).toBe(1);
    expect(await set('return')).toMatchObject({ kind: 'not-ours', minimum: 3 });
    expect(await set('lower')).toMatchObject({ kind: 'not-ours' });

    expect(await replicas()).toBe(3);
    expect(await asWritten()).toEqual(before);
  });

  it.each<[string, object, string]>([
    [
      'paused',
      { metadata: { annotations: { 'autoscaling.keda.sh/paused': 'true' } } },
      'remove the annotation autoscaling.keda.sh/paused',
    ],
    [
      'paused at a number',
      { metadata: { annotations: { 'autoscaling.keda.sh/paused-replicas': '0' } } },
      'remove the annotation autoscaling.keda.sh/paused-replicas',
    ],
    ['taken to 0 without load', { spec: { idleReplicaCount: 0 } }, 'idleReplicaCount'],
  ])(
    'a ScaledObject that is %s: a shift is told, a return raises the Deployment as well',
    async (_what, change, told) => {
      await world.admin.mergePatch(`${scaledObjects}/xray`, change);
      const workloads = workloadsOf({ kind: 'ScaledObject', name: 'xray' });
      const set = (purpose: CapacityPurpose) => workloads.setMinimumReplicas(namespace, name, 3, fence(3), { purpose });

      await expect(set('raise')).rejects.toMatchObject({ message: expect.stringContaining(told) });
      expect(await replicas()).toBe(1);
      expect(await set('return')).toMatchObject({ kind: 'set', minimum: 3 });

      expect(await replicas()).toBe(3);
    },
  );

  it('a ScaledObject whose pause was taken back by `false`, and that has no counts of its own, is KEDA’s default', async () => {
    await world.admin.mergePatch(`${scaledObjects}/xray`, {
      metadata: { annotations: { 'autoscaling.keda.sh/paused': 'false' } },
      spec: { minReplicaCount: null, maxReplicaCount: null },
    });

    const seen = await workloadsOf({ kind: 'ScaledObject', name: 'xray' }).readCapacity(namespace, name);

    expect(seen).toMatchObject({ minimum: 0, limit: { field: 'maxReplicaCount', pods: 100 }, problem: null });
  });
});

describe('a Deployment that nothing scales', () => {
  const none = { kind: 'none', name } as const;
  const annotate = (value: object) =>
    world.admin.mergePatch(`${applications}/xray-green`, {
      metadata: { annotations: { [capacityAnnotation]: JSON.stringify(value) } },
    });

  it('whose holder died between its fence and its replicas has not drifted, and nobody wished for what is there', async () => {
    await scale(8);
    await annotate({ epoch: 3, operation: 'standby', minimum: 1, before: 8 });
    const workloads = workloadsOf(none);

    expect(await workloads.readCapacity(namespace, name)).toMatchObject({ minimum: 8, fence: { minimum: 8 } });
    await workloads.setMinimumReplicas(namespace, name, 1, fence(3, 'standby'), { purpose: 'lower' });

    expect(await replicas()).toBe(1);
    expect(await workloads.readCapacity(namespace, name)).toMatchObject({ fence: { epoch: 3, minimum: 1 } });
  });
});
