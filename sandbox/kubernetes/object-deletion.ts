import { fieldAt, isJsonObject, type KubeObject, kubeTime, numberAt, textAt } from './kube-object.ts';
import type { ObjectTarget, WriteOptions } from './object-operations.ts';
import type { ObjectStore } from './object-store.ts';
import { resourceKey } from './resource-table.ts';
import { conflict, notFound } from './status-error.ts';

/** The parts of `DeleteOptions` that matter here. */
export interface DeleteOptions extends WriteOptions {
  /** Seconds that a running pod gets to finish; 0 removes it at once. Undefined: what the pod says, else 30. */
  gracePeriodSeconds?: number;
  /** Orphan keeps the dependents; everything else removes them in the background. */
  orphan: boolean;
  preconditions: { uid?: string; resourceVersion?: string };
}

/** Reads `DeleteOptions` from the body and the query; the query wins, as on a real server. */
export function parseDeleteOptions(body: unknown, query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds');
  const gracePeriodSeconds = grace === null ? numberAt(body, 'gracePeriodSeconds') : Number(grace);
  const propagation = query.get('propagationPolicy') ?? textAt(body, 'propagationPolicy');
  const uid = textAt(body, 'preconditions', 'uid');
  const resourceVersion = textAt(body, 'preconditions', 'resourceVersion');
  const dryRun = fieldAt(body, 'dryRun');
  return {
    persist: !(query.getAll('dryRun').includes('All') || (Array.isArray(dryRun) && dryRun.includes('All'))),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    orphan: propagation === 'Orphan' || fieldAt(body, 'orphanDependents') === true,
    preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
  };
}

/** What a deletion came to: the object is gone, or it waits (finalizers, a running pod, a namespace with content). */
export type Deletion = { kind: 'removed' | 'waiting'; object: KubeObject };

/**
 * Deletes one object. An object with finalizers, a pod on a node and a namespace get a `deletionTimestamp` first; the last
 * of finalizers, the kubelet (DELETE with grace period 0) and the namespace cleaner finish it. Errors: 404, 409.
 */
export async function deleteObject(
  store: ObjectStore,
  target: ObjectTarget,
  options: DeleteOptions,
  now: Date,
): Promise<Deletion> {
  const { resource, namespace, name } = target;
  const key = resourceKey(resource);
  const current = store.get(key, namespace, name);
  if (!current) throw notFound(resource, name);
  const { uid, resourceVersion } = options.preconditions;
  if (
    (uid && uid !== current.metadata.uid) ||
    (resourceVersion && resourceVersion !== current.metadata.resourceVersion)
  ) {
    throw conflict(resource, name, 'Precondition failed: the object is not the one that was asked for');
  }
  const kept = options.orphan ? 'orphan' : undefined;
  const finalizers = [...(current.metadata.finalizers ?? []), ...(kept ? [kept] : [])];
  const grace = key === 'pods' ? podGrace(current, options.gracePeriodSeconds) : 0;
  const waits = grace > 0 || finalizers.length > 0 || key === 'namespaces';
  if (!waits) {
    if (!options.persist) return { kind: 'removed', object: current };
    const removal = store.remove(key, current);
    await removal.written;
    return { kind: 'removed', object: removal.object };
  }
  const object = marked(current, finalizers, grace, key, now);
  const same =
    current.metadata.deletionTimestamp && object.metadata.deletionTimestamp === current.metadata.deletionTimestamp;
  if (same || !options.persist) return { kind: 'waiting', object: same ? current : object };
  const change = store.put(key, object);
  await change.written;
  return { kind: 'waiting', object: change.object };
}

/** A pod that no kubelet runs, or that has ended, needs no time to stop. */
function podGrace(pod: KubeObject, asked: number | undefined): number {
  const ended = ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase'));
  if (ended || !textAt(pod, 'spec', 'nodeName')) return 0;
  return Math.max(0, asked ?? numberAt(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30);
}

/** A second deletion can only shorten what the first one granted. */
function marked(object: KubeObject, finalizers: string[], grace: number, key: string, now: Date): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata;
  if (deletionTimestamp && grace >= (deletionGracePeriodSeconds ?? 0)) return object;
  const metadata = {
    ...object.metadata,
    deletionTimestamp: kubeTime(new Date(now.getTime() + grace * 1000)),
    ...(key === 'pods' ? { deletionGracePeriodSeconds: grace } : { deletionGracePeriodSeconds: 0 }),
    ...(finalizers.length > 0 ? { finalizers } : {}),
  };
  const status = isJsonObject(object.status) ? object.status : {};
  return { ...object, metadata, ...(key === 'namespaces' ? { status: { ...status, phase: 'Terminating' } } : {}) };
}
