import { type Pod, timestamp } from './objects.ts';
import { versionOf, withCondition } from './pod-state.ts';

/** What the pod runner knows of a pod. */
export interface PodFacts {
  pod: Pod;
  /** RFC 3339: when its containers started; undefined while they wait. */
  startedAt: string | undefined;
  /** Where it listens; undefined while it does not. */
  port: number | undefined;
  ready: boolean;
  restarts: number;
  /** Whether a container has exited by itself; it does so with exit code 1. */
  hasCrashed: boolean;
  /** Why its containers wait, for example `ImagePullBackOff`. */
  waiting: string | undefined;
}

/** A pod's status as a kubelet writes it. */
export function podStatus({
  pod,
  startedAt,
  port,
  ready,
  restarts,
  waiting,
  hasCrashed,
}: PodFacts): NonNullable<Pod['status']> {
  const now = timestamp();
  const running = startedAt !== undefined;
  const ip = addressOf(port ?? 0);
  const condition = (type: string, on: boolean, reason?: string) =>
    ({ type, status: on ? 'True' : 'False', ...(on || reason === undefined ? {} : { reason }) }) as const;
  const conditions = [
    condition('PodScheduled', true),
    condition('Initialized', true),
    condition('ContainersReady', ready, 'ContainersNotReady'),
    condition('Ready', ready, 'ContainersNotReady'),
  ].reduce((all, one) => withCondition(all, one, now), pod.status?.conditions ?? []);
  return {
    // A pod whose containers have all started once stays Running, however often they crash.
    phase: running || hasCrashed ? 'Running' : 'Pending',
    ...(running ? { podIP: ip, podIPs: [{ ip }], startTime: startedAt } : {}),
    hostIP: '127.0.0.1',
    // The API server has worked it out, and lets nobody change it.
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
    conditions,
    containerStatuses: pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      // A container runtime reports repository and digest.
      imageID: image.includes('@') ? image : '',
      ready,
      started: running,
      restartCount: restarts,
      state: running
        ? { running: { startedAt } }
        : { waiting: { reason: waiting ?? 'ContainerCreating', message: `version ${versionOf(pod)}` } },
      ...(hasCrashed ? { lastState: { terminated: { exitCode: 1, reason: 'Error' } } } : {}),
    })),
  } as NonNullable<Pod['status']>;
}

/**
 * An address for the listener at this port of the machine: each pod has one of its own, as everywhere, and endpoints may not be on loopback
 * (Kubernetes refuses it). Nothing answers there: the router goes to the port.
 */
const addressOf = (port: number): string => `10.244.${port >> 8}.${port & 255}`;
