import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoPods, type DemoPods } from '../../../sandbox/app/demo-pods.ts';
import { createInformers, type Informers } from '../../../sandbox/kubernetes/controllers/informers.ts';
import { createKubeClient, type KubeClient } from '../../../sandbox/kubernetes/controllers/kube-client.ts';
import { type KubeObject, keyOf } from '../../../sandbox/kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import {
  type Controllers,
  type ControllersOptions,
  startControllers,
} from '../../../sandbox/kubernetes/controllers/start-controllers.ts';
import { type KubernetesServer, startKubernetes } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { type Router, startRouter } from '../../../sandbox/router/router.ts';

/** An API server, a router and the controllers between them. */
export interface World {
  kubernetes: KubernetesServer;
  router: Router;
  client: KubeClient;
  faults(): DemoPods['faults'];
  /** What went wrong in the controllers. */
  errors: unknown[];
  /** Resolves with the object as soon as the API server's watch shows one that fits. */
  until<T extends KubeObject>(type: ResourceType, key: string, fits: (object: T) => boolean): Promise<T>;
  /** Resolves as soon as the object is gone. */
  untilGone(type: ResourceType, key: string): Promise<void>;
  /** Resolves as soon as the kind's objects fit as a whole. */
  untilAll<T extends KubeObject>(type: ResourceType, matches: (objects: T[]) => boolean): Promise<T[]>;
  /** Ends the controllers with their pods and starts them anew, as after a restart of the sandbox. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const quick = { podStartMs: 10, probePeriodMs: 50, preStopMs: 50, syncDelayMs: 20, selfHealMs: 20, resyncMs: 60_000 };

/** Starts a world on free ports. The waits of the controllers are short, and nothing is looked at again by itself. */
export async function startWorld(options: Partial<ControllersOptions> = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-controllers-'));
  const kubernetes = await startKubernetes({ port: 0, dataDir });
  const router = await startRouter({ port: 0, adminPort: 0, previewPorts: { blue: 0, green: 0 } });
  const cluster = { endpoint: kubernetes.endpoint, ca: kubernetes.caPem, token: kubernetes.adminToken };
  const client = createKubeClient(cluster);
  const informers: Informers = createInformers(client);
  const errors: unknown[] = [];
  let pods: DemoPods;
  const start = (): Promise<Controllers> => {
    pods = createDemoPods();
    return startControllers({
      cluster,
      github: { endpoint: 'http://127.0.0.1:9' },
      router,
      onError: (...error) => errors.push(error),
      ...options,
      timings: { ...quick, ...options.timings },
      pods,
    });
  };
  for (const name of ['production', 'production-blue', 'production-green', 'argocd']) {
    await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  let controllers = await start();

  const untilAll = <T extends KubeObject>(type: ResourceType, matches: (objects: T[]) => boolean): Promise<T[]> =>
    new Promise((resolve) => {
      const informer = informers.of<T>(type);
      let stop = (): void => {};
      let done = false;
      const look = (): void => {
        if (done || !matches(informer.list())) return;
        done = true;
        resolve(informer.list());
        setImmediate(() => stop());
      };
      void informer.synced.then(() => {
        stop = informer.onChange(look);
        look();
      });
    });
  return {
    kubernetes,
    router,
    client,
    errors,
    faults: () => pods.faults,
    untilAll,
    async until<T extends KubeObject>(type: ResourceType, key: string, fits: (object: T) => boolean): Promise<T> {
      const fitting = (objects: T[]): T | undefined => objects.find((one) => keyOf(one) === key && fits(one));
      const found = fitting(await untilAll<T>(type, (objects) => fitting(objects) !== undefined));
      if (found === undefined) throw new Error(`${key} was there and is not`);
      return found;
    },
    async untilGone(type, key) {
      await untilAll(type, (objects) => !objects.some((one) => keyOf(one) === key));
    },
    async restart() {
      await controllers.close();
      controllers = await start();
    },
    async close() {
      await controllers.close();
      informers.close();
      client.close();
      await router.close();
      await kubernetes.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
