import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type DemoPods, serviceOf } from '../../app/demo-pods.ts';
import type { DemoService } from '../../app/demo-service.ts';
import type { ControllerOptions } from './deployment-controller.ts';
import { isConflict, isNotFound } from './kube-client.ts';
import { keyOf, type Pod, timestamp } from './objects.ts';
import { isLeaving, portAnnotation, portOf, versionOf } from './pod-state.ts';
import { type PodFacts, podStatus } from './pod-status.ts';
import { probe } from './probe.ts';
import { resources } from './resources.ts';

export interface PodTimings {
  /** Milliseconds from a pod's creation to its listener. */
  podStartMs: number;
  /** Most milliseconds between two probes; a pod's own `periodSeconds` may be shorter. */
  probePeriodMs: number;
  /** Most milliseconds that a leaving pod goes on as if nothing were, so that routers learn of it (preStop). */
  preStopMs: number;
  /** Most milliseconds that it then has for the requests in flight. */
  graceMs: number;
}

export interface PodRunnerOptions extends ControllerOptions {
  pods: DemoPods;
  timings: PodTimings;
  /** Whether the registry has this image; without it every image is there. */
  hasImage?: (image: string) => Promise<boolean>;
}

interface Run extends Omit<PodFacts, 'port'> {
  service: DemoService | undefined;
  failures: number;
  failingSince: number;
  timer: NodeJS.Timeout | undefined;
  stopped: boolean;
  writing: Promise<void>;
}

/** The node whose kubelet this is. */
export const nodeName = 'sandbox';
const startupProbeMs = 100;
const pullAgainMs = 3000;
/** A kubelet waits 10 s, then 20 s, up to 5 min. */
const crashBackOffMs = 1000;

/** The kubelet of the sandbox: runs each pod as a real listener, probes it, reports it, and ends it gently. */
export function startPodRunner(options: PodRunnerOptions): { started: Promise<void>; close(): void } {
  const { client, informers, events, pods: demo, timings, hasImage = async () => true, onError } = options;
  const informer = informers.of<Pod>(resources.pods);
  const runs = new Map<string, Run>();
  let closed = false;

  const publish = (run: Run): Promise<void> => {
    const write = async (): Promise<void> => {
      const { name, namespace } = run.pod.metadata;
      const status = podStatus({ ...run, port: run.service?.port });
      if (isDeepStrictEqual(status, run.pod.status) || closed) return;
      const place = { namespace, name, subresource: 'status' } as const;
      informer.remember(await client.patch<Pod>(resources.pods, place, { status }));
    };
    run.writing = run.writing.then(write).catch((error: unknown) => {
      if (!isNotFound(error) && !closed) onError(keyOf(run.pod), error);
    });
    return run.writing;
  };

  const check = async (run: Run): Promise<void> => {
    clearTimeout(run.timer);
    const { readinessProbe, livenessProbe } = run.pod.spec.containers[0] ?? {};
    const { service } = run;
    if (service === undefined || run.stopped) return;
    if (demo.faults.of(versionOf(run.pod), serviceOf(run.pod.metadata.name)).crashing) return crash(run, service);
    const asked = readinessProbe ?? livenessProbe;
    const result = asked === undefined ? ({ ok: true } as const) : await probe(service.port, asked);
    if (run.stopped || run.service !== service) return;
    const before = run.ready;
    if (result.ok) {
      run.failures = 0;
      run.ready = true;
    } else {
      if (run.failures === 0) run.failingSince = Date.now();
      run.failures += 1;
      const message = `Readiness probe failed: ${result.message}`;
      events.record(run.pod, { type: 'Warning', reason: 'Unhealthy', message });
      if (run.failures >= (readinessProbe?.failureThreshold ?? 3)) run.ready = false;
      const { periodSeconds = 10, failureThreshold = 3 } = livenessProbe ?? {};
      const patience = periodSeconds * failureThreshold * 1000;
      if (livenessProbe !== undefined && Date.now() - run.failingSince >= patience) await restart(run, service);
    }
    if (before !== run.ready) void publish(run);
    if (asked === undefined || run.stopped) return;
    const period = Math.min((asked.periodSeconds ?? 10) * 1000, timings.probePeriodMs);
    run.timer = setTimeout(() => void check(run), run.ready || run.failures > 20 ? period : startupProbeMs);
  };

  /** Its process exits; it is started again after a while. */
  const crash = async (run: Run, service: DemoService): Promise<void> => {
    const container = run.pod.spec.containers[0]?.name;
    Object.assign(run, { service: undefined, ready: false, startedAt: undefined, hasCrashed: true });
    run.waiting = 'CrashLoopBackOff';
    await service.close();
    const message = `Back-off restarting failed container ${container}`;
    events.record(run.pod, { type: 'Warning', reason: 'BackOff', message });
    await publish(run);
    await sleep(crashBackOffMs, undefined, { ref: false });
    if (run.stopped || closed) return;
    run.service = await listen(run.pod, service.port);
    Object.assign(run, { restarts: run.restarts + 1, failures: 0, waiting: undefined, startedAt: timestamp() });
    await publish(run);
    await check(run);
  };

  const restart = async (run: Run, service: DemoService): Promise<void> => {
    const container = run.pod.spec.containers[0]?.name;
    const message = `Container ${container} failed liveness probe, will be restarted`;
    events.record(run.pod, { type: 'Normal', reason: 'Killing', message });
    run.ready = false;
    await publish(run);
    await service.drain(timings.graceMs);
    if (run.stopped) return;
    run.service = await listen(run.pod, service.port);
    Object.assign(run, { restarts: run.restarts + 1, failures: 0, startedAt: timestamp() });
    await publish(run);
  };

  const listen = (pod: Pod, port: number): Promise<DemoService> => {
    const { namespace = '', name } = pod.metadata;
    const { readinessProbe, livenessProbe, startupProbe } = pod.spec.containers[0] ?? {};
    const probes = [readinessProbe, livenessProbe, startupProbe].flatMap((one) => one?.httpGet?.path ?? []);
    return demo.start({ namespace, name, version: versionOf(pod), probes, port });
  };

  const pull = async (run: Run): Promise<void> => {
    const image = run.pod.spec.containers[0]?.image ?? '';
    while (!run.stopped && !(await hasImage(image))) {
      const message = `Failed to pull image "${image}": not found`;
      events.record(run.pod, { type: 'Warning', reason: 'Failed', message });
      run.waiting = 'ImagePullBackOff';
      await publish(run);
      await sleep(pullAgainMs, undefined, { ref: false });
    }
    const message = `Container image "${image}" already present on machine`;
    events.record(run.pod, { type: 'Normal', reason: 'Pulled', message });
  };

  const start = async (pod: Pod): Promise<void> => {
    const { uid = '', name, namespace } = pod.metadata;
    const status = pod.status?.containerStatuses?.[0];
    const run: Run = {
      pod,
      startedAt: undefined,
      ready: false,
      restarts: status?.restartCount ?? 0,
      hasCrashed: status?.lastState?.terminated !== undefined,
      waiting: undefined,
      service: undefined,
      failures: 0,
      failingSince: 0,
      timer: undefined,
      stopped: false,
      writing: Promise.resolve(),
    };
    runs.set(uid, run);
    const before = portOf(pod);
    if (before === undefined) {
      await pull(run);
      await sleep(timings.podStartMs, undefined, { ref: false });
    }
    if (run.stopped || closed) return;
    const service = await listen(pod, before ?? 0);
    if (run.stopped || closed) return service.close();
    run.service = service;
    run.startedAt = timestamp();
    // What was ready before a restart of the sandbox is ready again: its listener is back.
    if (before !== undefined) run.ready = status?.ready === true;
    if (before !== service.port) {
      const metadata = { annotations: { [portAnnotation]: String(service.port) } };
      if (pod.spec.nodeName === undefined) {
        await client.bind({ namespace, name }, nodeName).catch((error: unknown) => {
          // A real cluster's scheduler was quicker: there is no other node.
          if (!isConflict(error)) throw error;
        });
      }
      informer.remember(await client.patch<Pod>(resources.pods, { namespace, name }, { metadata }));
    }
    const container = pod.spec.containers[0]?.name;
    if (before === undefined) {
      events.record(pod, { type: 'Normal', reason: 'Started', message: `Started container ${container}` });
    }
    await check(run);
    await publish(run);
  };

  const remove = async ({ metadata }: Pod): Promise<void> => {
    const { namespace, name, uid } = metadata;
    const now = { gracePeriodSeconds: 0, preconditions: { uid } };
    await client.remove(resources.pods, { namespace, name }, now).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  };

  const stop = async (run: Run, pod: Pod): Promise<void> => {
    if (run.stopped) return;
    run.stopped = true;
    clearTimeout(run.timer);
    const message = `Stopping container ${pod.spec.containers[0]?.name}`;
    events.record(pod, { type: 'Normal', reason: 'Killing', message });
    if (run.service !== undefined) {
      await sleep(timings.preStopMs, undefined, { ref: false });
      const grace = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
      await run.service.drain(Math.min(grace, timings.graceMs));
    }
    if (isLeaving(pod)) await remove(pod);
    runs.delete(pod.metadata.uid ?? '');
  };

  const look = async (change: 'there' | 'gone', pod: Pod): Promise<void> => {
    if (closed || (pod.spec.nodeName ?? nodeName) !== nodeName) return;
    const run = runs.get(pod.metadata.uid ?? '');
    if (run !== undefined) run.pod = pod;
    const leaves = change === 'gone' || isLeaving(pod);
    if (run !== undefined && leaves) await stop(run, change === 'gone' ? withoutDeletion(pod) : pod);
    else if (run === undefined && change === 'there') await (leaves ? remove(pod) : start(pod));
  };
  const handle = (change: 'there' | 'gone', pod: Pod): Promise<void> =>
    look(change, pod).catch((error: unknown) => {
      if (!closed && !isNotFound(error)) onError(keyOf(pod), error);
    });

  const begin = async (): Promise<void> => {
    await informer.synced;
    const first = informer.list().map((pod) => handle('there', pod));
    stops.push(informer.onChange(({ type, object }) => void handle(type === 'deleted' ? 'gone' : 'there', object)));
    // Those that ran before the restart are back before anybody is told where they are.
    await Promise.race([Promise.all(first), sleep(1000, undefined, { ref: false })]);
  };
  const stops = [
    demo.faults.onChange(({ version }) => {
      for (const run of runs.values()) if (versionOf(run.pod) === version) void check(run);
    }),
  ];
  return {
    started: begin(),
    close() {
      closed = true;
      for (const one of stops) one();
      for (const run of runs.values()) {
        run.stopped = true;
        clearTimeout(run.timer);
      }
    },
  };
}

/** A pod whose object is gone already: there is nothing left to delete. */
function withoutDeletion(pod: Pod): Pod {
  const { deletionTimestamp: _, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}
