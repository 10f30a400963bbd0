import { beforeEach, expect, it } from 'vitest';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import { type Milliseconds, milliseconds, minutes, seconds } from '../../../../contracts/duration.ts';
import { createHandler } from '../../../../functions/observe/handler.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift } from '../support/observing.ts';
import { createWorld, type World } from '../support/world.ts';

const commit = 'ours';
let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** A deployment that waits for its sync, which Argo CD has carried out, and what Argo CD says of its Application by then. */
async function syncing(
  statusAt: (passed: Milliseconds) => object,
  sync = seconds(10),
  comparison = minutes(2),
  application: object = {},
) {
  const { execution, id, route } = await inShift(world);
  const begun = world.now();
  const text = (at: number) => new Date(at).toISOString();
  await world.store.operations.update(id, { gitCommit: commit });
  await world.store.operations.enter(id, 'syncing', text(begun));
  const carriedOut = () => ({
    operation: { info: [{ name: 'sluice.dev/operation', value: id }], sync: { revision: commit } },
    phase: 'Succeeded',
    startedAt: text(begun),
    finishedAt: text(begun),
    syncResult: { revision: commit },
  });
  const refreshed: number[] = [];
  const notes: { what: string; after: number }[] = [];
  const { update } = world.store.operations;
  world.store.operations.update = async (operation, changes) => {
    if (changes.syncAwaited != null)
      notes.push({ what: changes.syncAwaited.what, after: Math.round((world.now() - begun) / 1_000) * 1_000 });
    return update(operation, changes);
  };
  const service = { ...world.service, deadlines: { ...world.service.deadlines, sync, comparison } };
  const applications = {
    read: async () =>
      // the fields that are read
      ({
        ...application,
        status: {
          operationState: carriedOut(),
          sync: { status: 'Synced', revision: commit },
          health: { status: 'Healthy' },
          reconciledAt: text(begun + (refreshed.at(-1) ?? 0)),
          ...statusAt(milliseconds(world.now() - begun)),
        },
      }) as unknown as Application,
  } as Partial<ArgoApplications> as ArgoApplications;
  const cluster = fakeCluster(route.weights);
  const handle = createHandler({
    ...world,
    configuration: { ...world.configuration, services: [service] },
    cluster: () => ({ ...cluster, router: route, applications }),
    metrics: () => ({ query: async () => ({ kind: 'value', value: 0 }) }),
    prober: { probe: async () => ({ ok: false, reason: 'nobody asks', duration: seconds(1) }) },
    pause: async (duration) => world.pass(duration),
    patience: minutes(30),
  });
  return {
    id,
    notes,
    carriedOut,
    awaitSync: () => handle({ action: 'await-sync', execution }),
    cluster,
    refreshed,
    /** What `act` has Argo CD do. */
    refresh: () => void refreshed.push(world.now() - begun),
  };
}

it('a sync that is late says which objects differ, and what the Deployment lacks', async () => {
  const { environments } = world.service;
  const resources = [
    { kind: 'HorizontalPodAutoscaler', namespace: environments.green.namespace, name: 'web', status: 'OutOfSync' },
    { kind: 'Deployment', namespace: environments.green.namespace, name: 'web', status: 'Synced' },
  ];
  const { awaitSync } = await syncing(() => ({ sync: { status: 'OutOfSync', revision: commit }, resources }));

  expect(await awaitSync()).toEqual({
    outcome: 'failed',
    reason: `${environments.green.application} was not synced and rolled out within 10 s: sync status OutOfSync: HorizontalPodAutoscaler production-green/web; 1 of 3 replicas are available [SyncLate].`,
  });
});

it('a sync that is late says what its autoscaler says, of which Argo CD only says that something is Degraded', async () => {
  const { awaitSync, cluster } = await syncing(() => ({ health: { status: 'Degraded' } }));
  const { readCapacity } = cluster.workloads;
  cluster.workloads.readCapacity = async (...asked) => {
    const seen = await readCapacity(...asked);
    return seen && { ...seen, unwell: { message: `${seen.object}: FailedGetResourceMetric`, since: world.now() } };
  };

  expect(await awaitSync()).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/: health Degraded; HorizontalPodAutoscaler .*: FailedGetResourceMetric; 1 of 3 /),
  });
});

it('a rollout that is late says why, also where Argo CD only says that it goes on', async () => {
  const message = 'Waiting for rollout to finish: 1 out of 3 new replicas have been updated...';
  const resources = [
    { kind: 'Deployment', namespace: 'shop', name: 'web', health: { status: 'Progressing', message } },
  ];
  const { awaitSync, cluster } = await syncing(() => ({ health: { status: 'Progressing' }, resources }));
  const { listPods } = cluster.workloads;
  const waiting = [{ name: 'migrate', state: { waiting: { reason: 'ErrImagePull' } } }];
  cluster.workloads.listPods = async (...asked) =>
    (await listPods(...asked)).map((pod) => ({
      ...pod,
      status: { ...pod.status, initContainerStatuses: waiting },
    })) as Awaited<ReturnType<typeof listPods>>; // the fields that are read

  expect(await awaitSync()).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(
      /within 10 s: health Progressing: .*3 new replicas have been updated; 1 of 3 replicas are available \(init container migrate: ErrImagePull\) \[SyncLate\]\.$/,
    ),
  });
});

it('a sync that takes a while says what by while it lasts, and not again before that changes', async () => {
  const held = 'Sync operation blocked by sync window';
  const { awaitSync, id, notes, carriedOut } = await syncing(
    (passed) =>
      passed < 40_000
        ? { operationState: { ...carriedOut(), phase: 'Running', message: held, finishedAt: undefined } }
        : { health: { status: 'Progressing' } },
    minutes(1),
  );

  await awaitSync();

  const blocked = `operation Running: ${held}, because it lacks manualSync: true in the AppProject`;
  expect(notes.map(({ what, after }) => [what, after])).toEqual([
    [blocked, 10_000],
    ['health Progressing', 40_000],
  ]);
  expect((await world.store.operations.read(id))?.syncAwaited).toMatchObject({ what: 'health Progressing' });
});

it('a sync that is quick writes nothing about it', async () => {
  const { awaitSync, notes } = await syncing(() => ({ health: { status: 'Progressing' } }), seconds(9));

  await awaitSync();

  expect(notes).toEqual([]);
});

const uncompared = () => ({
  conditions: [
    {
      type: 'ComparisonError',
      message: 'rpc error: code = Unavailable',
      lastTransitionTime: new Date(world.now()).toISOString(),
    },
  ],
  sync: { status: 'Unknown' },
});

it('a repository server that restarts fails no sync: a refresh is asked for every few seconds, and done by others', async () => {
  const error = uncompared();
  const { awaitSync, cluster, refreshed, refresh } = await syncing(
    (passed) => (passed < 37_000 ? error : {}),
    minutes(10),
  );
  const { readDeployment, listPods } = cluster.workloads;
  // Rolled out already.
  cluster.workloads.readDeployment = async (...asked) => {
    const deployment = await readDeployment(...asked);
    return deployment && { ...deployment, status: { ...deployment.status, availableReplicas: 3, readyReplicas: 3 } };
  };
  cluster.workloads.listPods = async (...asked) =>
    (await listPods(...asked)).map((pod) => ({
      ...pod,
      status: { ...pod.status, conditions: [{ type: 'Ready', status: 'True' }] },
    })) as Awaited<ReturnType<typeof listPods>>; // the fields that are read

  let answer = await awaitSync();
  while (answer.outcome === 'needs-refresh') {
    refresh();
    answer = await awaitSync();
  }

  expect(answer).toEqual({ outcome: 'synced' });
  expect(refreshed).toEqual([10_000, 20_000, 30_000]);
});

it('an Argo CD that cannot compare for longer than the grace fails the sync, with what it said', async () => {
  const error = { ...uncompared(), reconciledAt: undefined };
  const asked = { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } };
  const { awaitSync } = await syncing(() => error, minutes(10), seconds(20), asked);

  expect(await awaitSync()).toMatchObject({
    outcome: 'failed',
    reason: expect.stringMatching(/: ComparisonError: rpc error: code = Unavailable \(for 20 s\) \[SyncFailed\]$/),
  });
});
