import { isDeepStrictEqual } from 'node:util';
import { deploymentStatus, untilDeadline } from './deployment-status.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informers } from './informers.ts';
import { isNotFound, type KubeClient } from './kube-client.ts';
import { controllerOf, type Deployment, keyOf, type Pod, type ReplicaSet, timestamp } from './objects.ts';
import { isLeaving, isReady } from './pod-state.ts';
import { podOf, replicaSetOf, revisionAnnotation } from './replica-sets.ts';
import { resources } from './resources.ts';
import { nextRolloutStep, podsOf } from './rollout.ts';
import { type Again, createWorkQueue } from './work-queue.ts';

export interface ControllerOptions {
  client: KubeClient;
  informers: Informers;
  events: EventRecorder;
  onError(key: string, error: unknown): void;
}

/** Runs Deployments: a ReplicaSet for each template, rolling updates, pods as many as wanted, and the status of it all. */
export function startDeploymentController({ client, informers, events, onError }: ControllerOptions): {
  close(): void;
} {
  const deployments = informers.of<Deployment>(resources.deployments);
  const replicaSets = informers.of<ReplicaSet>(resources.replicaSets);
  const pods = informers.of<Pod>(resources.pods);
  const synced = Promise.all([deployments.synced, replicaSets.synced, pods.synced]);

  const ownedSets = ({ metadata }: Deployment): ReplicaSet[] =>
    replicaSets
      .list()
      .filter((set) => controllerOf(set)?.uid === metadata.uid)
      .sort((a, b) => revisionOf(a) - revisionOf(b));
  const podsOfSet = ({ metadata }: ReplicaSet): Pod[] =>
    pods.list().filter((pod) => controllerOf(pod)?.uid === metadata.uid && !isLeaving(pod));

  const removePod = async (pod: Pod): Promise<void> => {
    await client.remove(resources.pods, { ...pod.metadata }).catch(ignoreMissing);
  };

  /** Makes a ReplicaSet have the pods that it should have. */
  const fill = async (set: ReplicaSet): Promise<void> => {
    const there = podsOfSet(set).sort(worstFirst);
    const missing = (set.spec.replicas ?? 0) - there.length;
    await Promise.all([
      ...Array.from({ length: Math.max(0, missing) }, async () => {
        const pod = await client.create(resources.pods, podOf(set));
        pods.remember(pod);
        events.record(set, {
          type: 'Normal',
          reason: 'SuccessfulCreate',
          message: `Created pod: ${pod.metadata.name}`,
        });
      }),
      ...there.slice(0, Math.max(0, -missing)).map(async (pod) => {
        await removePod(pod);
        events.record(set, {
          type: 'Normal',
          reason: 'SuccessfulDelete',
          message: `Deleted pod: ${pod.metadata.name}`,
        });
      }),
    ]);
  };

  const scale = async (deployment: Deployment, set: ReplicaSet, to: number): Promise<ReplicaSet> => {
    const from = set.spec.replicas ?? 0;
    if (from === to) return set;
    const { name, namespace } = set.metadata;
    const scaled = await client.patch<ReplicaSet>(
      resources.replicaSets,
      { namespace, name },
      { spec: { replicas: to } },
    );
    replicaSets.remember(scaled);
    events.record(deployment, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`,
    });
    return scaled;
  };

  const currentSet = async (
    deployment: Deployment,
    sets: readonly ReplicaSet[],
  ): Promise<[ReplicaSet, 'new' | 'old']> => {
    const latest = Math.max(0, ...sets.map(revisionOf));
    const wanted = replicaSetOf(deployment, latest + 1);
    const known = sets.find(({ metadata }) => metadata.name === wanted.metadata.name);
    if (known === undefined) {
      const created = await client.create(resources.replicaSets, wanted);
      replicaSets.remember(created);
      return [created, 'new'];
    }
    if (revisionOf(known) === latest) return [known, 'old'];
    // An earlier template again (a rollback): the ReplicaSet that is there becomes the newest.
    const { name, namespace } = known.metadata;
    const annotations = { [revisionAnnotation]: String(latest + 1) };
    const moved = await client.patch<ReplicaSet>(
      resources.replicaSets,
      { namespace, name },
      { metadata: { annotations } },
    );
    replicaSets.remember(moved);
    return [moved, 'new'];
  };

  const writeSetStatus = async (set: ReplicaSet): Promise<void> => {
    const there = podsOfSet(set);
    const ready = there.filter(isReady).length;
    const status = {
      replicas: there.length,
      fullyLabeledReplicas: there.length,
      readyReplicas: ready,
      availableReplicas: ready,
      observedGeneration: set.metadata.generation ?? 0,
    };
    if (isDeepStrictEqual(status, set.status)) return;
    const { name, namespace } = set.metadata;
    const place = { namespace, name, subresource: 'status' } as const;
    replicaSets.remember(await client.patch<ReplicaSet>(resources.replicaSets, place, { status }));
  };

  const removeOrphans = async (): Promise<void> => {
    const owners = new Set([...deployments.list(), ...replicaSets.list()].map(({ metadata }) => metadata.uid));
    const orphaned = (owner: string, object: ReplicaSet | Pod): boolean => {
      const controller = controllerOf(object);
      return controller?.kind === owner && !owners.has(controller.uid);
    };
    for (const set of replicaSets.list().filter((one) => orphaned('Deployment', one))) {
      await client.remove(resources.replicaSets, { ...set.metadata }).catch(ignoreMissing);
    }
    for (const pod of pods.list().filter((one) => orphaned('ReplicaSet', one) && !isLeaving(one))) await removePod(pod);
  };

  const reconcile = async (key: string): Promise<Again> => {
    await synced;
    const deployment = deployments.get(key);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return removeOrphans();
    const { spec, metadata } = deployment;
    const sets = ownedSets(deployment);
    const [current, age] = await currentSet(deployment, sets);
    const others = sets.filter((set) => set.metadata.name !== current.metadata.name);
    const desired = spec.replicas ?? 1;
    const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
    const bounds = {
      maxSurge: podsOf(maxSurge, desired, 'up'),
      maxUnavailable: podsOf(maxUnavailable, desired, 'down'),
    };
    const count = (set: ReplicaSet) => ({
      name: set.metadata.name,
      wanted: set.spec.replicas ?? 0,
      available: podsOfSet(set).filter(isReady).length,
    });
    if (spec.paused !== true) {
      const step = nextRolloutStep({ desired, ...bounds, current: count(current), old: others.map(count) });
      for (const set of [...others, current]) {
        const wanted = step.get(set.metadata.name) ?? 0;
        await fill(await scale(deployment, set, wanted));
      }
    }
    for (const set of ownedSets(deployment)) await writeSetStatus(set);
    for (const set of others.filter(isEmpty).slice(0, -(spec.revisionHistoryLimit ?? 10) || undefined)) {
      await client.remove(resources.replicaSets, { ...set.metadata }).catch(ignoreMissing);
    }

    const all = ownedSets(deployment).map((set) => ({ set, pods: podsOfSet(set) }));
    const everything = all.flatMap((one) => one.pods);
    const updated = all.find(({ set }) => set.metadata.uid === current.metadata.uid)?.pods ?? [];
    const ready = everything.filter(isReady).length;
    const status = deploymentStatus({
      deployment,
      desired,
      maxUnavailable: bounds.maxUnavailable,
      counts: { replicas: everything.length, updated: updated.length, ready, available: ready },
      current: current.metadata.name,
      begins: age === 'new' ? 'new-rollout' : 'no',
      now: timestamp(),
    });
    const { name, namespace } = metadata;
    const revision = current.metadata.annotations?.[revisionAnnotation] ?? '1';
    if (metadata.annotations?.[revisionAnnotation] !== revision) {
      const annotations = { [revisionAnnotation]: revision };
      await client.patch(resources.deployments, { namespace, name }, { metadata: { annotations } });
    }
    if (!isDeepStrictEqual(status, deployment.status)) {
      const place = { namespace, name, subresource: 'status' } as const;
      deployments.remember(await client.patch<Deployment>(resources.deployments, place, { status }));
    }
    const remaining = untilDeadline(deployment, status.conditions ?? [], Date.now());
    return remaining === undefined ? undefined : { afterMs: remaining };
  };

  /** A Deployment that is deleted meanwhile has no status to be written; its deletion is worked on by itself. */
  const whileThere = async (key: string): Promise<Again> => {
    try {
      return await reconcile(key);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const [namespace = '', name = ''] = key.split('/');
      const there = await client.get<Deployment>(resources.deployments, { namespace, name }).catch(ignoreMissing);
      if (there) throw error;
    }
  };

  const queue = createWorkQueue(whileThere, onError);
  const ownerKey = (namespace: string | undefined, set: ReplicaSet | undefined): string | undefined => {
    const owner = set === undefined ? undefined : controllerOf(set);
    return owner?.kind === 'Deployment' ? `${namespace}/${owner.name}` : undefined;
  };
  const stops = [
    deployments.onChange(({ object }) => queue.add(keyOf(object))),
    replicaSets.onChange(({ object }) => {
      const key = ownerKey(object.metadata.namespace, object);
      if (key !== undefined) queue.add(key);
    }),
    pods.onChange(({ object: { metadata } }) => {
      const owner = controllerOf({ metadata });
      const set = owner === undefined ? undefined : replicaSets.get(`${metadata.namespace}/${owner.name}`);
      const key = ownerKey(metadata.namespace, set);
      if (key !== undefined) queue.add(key);
    }),
  ];
  return {
    close() {
      for (const stop of stops) stop();
      queue.close();
    },
  };
}

const revisionOf = (set: ReplicaSet): number => Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);

const isEmpty = (set: ReplicaSet): boolean => (set.spec.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0;

/** Pods that are not ready go first, then the youngest. */
const worstFirst = (a: Pod, b: Pod): number =>
  Number(isReady(a)) - Number(isReady(b)) ||
  (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '');

const ignoreMissing = (error: unknown): void => {
  if (!isNotFound(error)) throw error;
};
