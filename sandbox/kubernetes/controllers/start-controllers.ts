import { readFile } from 'node:fs/promises';
import { createDemoPods, type DemoPods } from '../../app/demo-pods.ts';
import type { Router } from '../../router/router.ts';
import { startApplicationController } from './application/application-controller.ts';
import type { GitHubAccess } from './application/source-tree.ts';
import { startAutoscalerController } from './autoscaler-controller.ts';
import { startDeploymentController } from './deployment-controller.ts';
import { createDiscovery } from './discovery.ts';
import { startEndpointController } from './endpoint-controller.ts';
import { createEventRecorder } from './event-recorder.ts';
import { startGatewayController } from './gateway-controller.ts';
import { createInformers } from './informers.ts';
import { type Cluster, createKubeClient } from './kube-client.ts';
import { clusterOf } from './kubeconfig.ts';
import { startPodRunner } from './pod-runner.ts';
import { startRouteController } from './route-controller.ts';
import { startScaledObjectController } from './scaled-object-controller.ts';

/** How long things take, in milliseconds. What is left out has the value in parentheses. */
export interface Timings {
  /** From a pod's creation to its listener (150). */
  podStartMs?: number;
  /** Most between two probes of a pod (1000). */
  probePeriodMs?: number;
  /** How long a leaving pod goes on answering before it begins to end (300). */
  preStopMs?: number;
  /** Most that a leaving pod then has for requests in flight (10000). */
  graceMs?: number;
  /** From the start of a sync to its first write (300). */
  syncDelayMs?: number;
  /** Between two looks at an Application's branch (3000). */
  resyncMs?: number;
  /** From a difference to an automated sync that heals it (500). */
  selfHealMs?: number;
  /** What Argo CD's waits before another attempt at a sync are multiplied by (1/60: seconds for minutes). */
  retryPace?: number;
}

/**
 * `kubelet` runs pods; `workloads` is what a control plane has (Deployments, HPAs, EndpointSlices); `operators` is what people install in
 * one (KEDA, a gateway's controller).
 */
export type ControllerName = 'kubelet' | 'workloads' | 'operators' | 'route' | 'application';

const allControllers: readonly ControllerName[] = ['kubelet', 'workloads', 'operators', 'route', 'application'];

export interface ControllersOptions {
  /** A kubeconfig's path, or where the API server is. */
  cluster: Cluster | string;
  /** Where the deploy repositories are; needed for `application`. */
  github: GitHubAccess;
  router: Pick<Router, 'setRoutes'>;
  /** Which environment a Service (`namespace/name`) is of, where neither its label nor its namespace says so. */
  environments?: ReadonlyMap<string, string> | undefined;
  /** The Service of each target group, by its ARN. */
  targetGroups?: ReadonlyMap<string, string> | undefined;
  /** The registry of running pods; one of its own when left out. */
  pods?: DemoPods;
  timings?: Timings;
  /** All of them when left out. A real control plane has `workloads` already. */
  run?: readonly ControllerName[];
  /** Whether the registry has this image; without it every image is there. */
  hasImage?: (image: string) => Promise<boolean>;
  /** Told of what went wrong and is tried again. */
  onError?: (controller: string, key: string, error: unknown) => void;
}

export interface Controllers {
  /** Ends the controllers, and the pods' listeners with them. Objects in the cluster stay as they are. */
  close(): Promise<void>;
}

/**
 * Starts the controllers, as ordinary clients of the API server. Resolves once pods that ran before have their listeners
 * again and the router knows where they are.
 */
export async function startControllers(options: ControllersOptions): Promise<Controllers> {
  const { timings = {}, pods = createDemoPods(), run = allControllers } = options;
  const cluster =
    typeof options.cluster === 'string' ? clusterOf(await readFile(options.cluster, 'utf8')) : options.cluster;
  const client = createKubeClient(cluster);
  const informers = createInformers(client);
  const started: { close(): void }[] = [];
  const start = <T extends { close(): void }>(controller: T): T => {
    started.push(controller);
    return controller;
  };
  const base = (name: string) => ({
    client,
    informers,
    events: createEventRecorder(client, name),
    onError: (key: string, error: unknown) => options.onError?.(name, key, error),
  });

  if (run.includes('kubelet')) {
    const { podStartMs = 150, probePeriodMs = 1000, preStopMs = 300, graceMs = 10_000 } = timings;
    const runner = start(
      startPodRunner({
        ...base('kubelet'),
        pods,
        timings: { podStartMs, probePeriodMs, preStopMs, graceMs },
        ...(options.hasImage === undefined ? {} : { hasImage: options.hasImage }),
      }),
    );
    await runner.started;
  }
  if (run.includes('workloads')) {
    await start(startEndpointController(base('endpoint-slice-controller'))).settled;
    start(startDeploymentController(base('deployment-controller')));
    start(startAutoscalerController(base('horizontal-pod-autoscaler')));
  }
  if (run.includes('operators')) {
    start(startGatewayController(base('gateway-controller')));
    start(startScaledObjectController(base('keda-operator')));
  }
  if (run.includes('route'))
    await start(
      startRouteController({
        informers,
        router: options.router,
        environments: options.environments,
        targetGroups: options.targetGroups,
      }),
    ).settled;
  if (run.includes('application')) {
    const { syncDelayMs = 300, resyncMs = 3000, selfHealMs = 500, retryPace = 1 / 60 } = timings;
    start(
      startApplicationController({
        ...base('argocd-application-controller'),
        discovery: createDiscovery(client),
        github: options.github,
        timings: { syncDelayMs, resyncMs, selfHealMs, retryPace },
      }),
    );
  }
  return {
    async close() {
      for (const controller of started) controller.close();
      informers.close();
      client.close();
      await pods.close();
    },
  };
}
