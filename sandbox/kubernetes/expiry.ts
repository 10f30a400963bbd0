import { type KubeObject, textAt } from './kube-object.ts';
import type { ObjectStore } from './object-store.ts';

/** kube-apiserver's default `--event-ttl`. */
const eventLifetimeMs = 60 * 60 * 1000;
/** A kubelet that has not removed its pod this long after the pod's deadline is taken for dead. */
const podToleranceMs = 5_000;

/** Removes core/v1 Events older than an hour, and pods under deletion that no kubelet removed in time. */
export function removeExpired(store: ObjectStore, now: Date): Promise<unknown> {
  const events = store.list('events').filter((event) => now.getTime() - lastSeen(event) > eventLifetimeMs);
  const pods = store.list('pods').filter(({ metadata }) => {
    if (!metadata.deletionTimestamp || metadata.finalizers?.length) return false;
    return now.getTime() - Date.parse(metadata.deletionTimestamp) > podToleranceMs;
  });
  return Promise.all([
    ...events.map((event) => store.remove('events', event).written),
    ...pods.map((pod) => store.remove('pods', pod).written),
  ]);
}

function lastSeen(event: KubeObject): number {
  const times = [textAt(event, 'lastTimestamp'), textAt(event, 'eventTime'), event.metadata.creationTimestamp];
  return Math.max(...times.map((time) => Date.parse(time)).filter((time) => !Number.isNaN(time)));
}
