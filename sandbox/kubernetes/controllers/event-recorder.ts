import type { KubeClient } from './kube-client.ts';
import { type KubeObject, timestamp } from './objects.ts';
import { resources } from './resources.ts';

/** What is worth telling a person who runs `kubectl describe`. */
export interface Happening {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** Writes core/v1 Events. Never throws and is never waited for: an event that is lost changes nothing. */
export interface EventRecorder {
  record(about: KubeObject, happening: Happening): void;
}

/** Milliseconds in which a repetition is only counted. */
const quietFor = 10_000;
/** Events kept in the cluster; older ones of this recorder are deleted, as an API server's time limit would. */
const kept = 200;

interface Written {
  namespace: string;
  name: string;
  count: number;
  at: number;
}

/** Records under the name of a component, for example `deployment-controller`. */
export function createEventRecorder(client: KubeClient, component: string): EventRecorder {
  const written = new Map<string, Written>();

  const write = async (about: KubeObject, { type, reason, message }: Happening): Promise<void> => {
    const { name, namespace = 'default', uid = '', resourceVersion } = about.metadata;
    const identity = [about.kind, namespace, name, uid, reason, message].join('\n');
    const now = timestamp();
    const before = written.get(identity);
    if (before !== undefined) {
      before.count += 1;
      if (Date.now() - before.at < quietFor) return;
      before.at = Date.now();
      await client.patch(resources.events, before, { count: before.count, lastTimestamp: now });
      return;
    }
    const eventName = `${name}.${Date.now().toString(16)}${Math.random().toString(16).slice(2, 8)}`;
    written.set(identity, { namespace, name: eventName, count: 1, at: Date.now() });
    await client.create(resources.events, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: eventName, namespace },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, namespace, name, uid, resourceVersion },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component },
      reportingComponent: component,
      reportingInstance: '',
    });
    const [oldest] = written;
    if (written.size > kept && oldest !== undefined) {
      written.delete(oldest[0]);
      await client.remove(resources.events, oldest[1]);
    }
  };
  return {
    record(about, happening) {
      write(about, happening).catch(() => {});
    },
  };
}
