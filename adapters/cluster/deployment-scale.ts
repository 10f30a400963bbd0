import type { V1Deployment } from '@kubernetes/client-node';
import type { CallOptions } from '../shared/call-dependency.ts';
import { formatCapacityFence, readCapacityFence } from './capacity-fence.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import type { CapacitySeen, MinimumHolder } from './minimum-holder.ts';

/** Where the fence of a Deployment without an autoscaler is: an annotation of its environment's Application (docs/adr/0036). */
export const capacityAnnotation = 'sluice.dev/capacity';

const deploymentPath = (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;

/** A Deployment's replicas as they were read. */
export interface ScaleSeen {
  readonly replicas: number;
  readonly resourceVersion: string | undefined;
}

/** Null when there is no such Deployment. */
export async function readScale(
  kubernetes: KubernetesClient,
  { namespace, name }: { namespace: string; name: string },
  options?: CallOptions,
): Promise<ScaleSeen | null> {
  // The Deployment and its Scale have one resourceVersion.
  const live = await kubernetes.get<V1Deployment>(deploymentPath(namespace, name), options);
  if (live === null) return null;
  return { replicas: live.spec?.replicas ?? 1, resourceVersion: live.metadata?.resourceVersion };
}

/** Sets a Deployment's replicas by `/scale`, on top of exactly what was read. */
export async function writeScale(
  kubernetes: KubernetesClient,
  { namespace, name }: { namespace: string; name: string },
  { replicas, resourceVersion }: ScaleSeen,
  options?: CallOptions,
): Promise<'written' | 'conflict'> {
  const patch = { metadata: { resourceVersion }, spec: { replicas } };
  const outcome = await kubernetes.mergePatch(`${deploymentPath(namespace, name)}/scale`, patch, options);
  return outcome.kind === 'patched' ? 'written' : 'conflict';
}

interface Application {
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

interface Held extends CapacitySeen {
  readonly scale: ScaleSeen;
  /** The Application. */
  readonly owner: { readonly resourceVersion: string | undefined };
}

/**
 * The replicas of a Deployment that nothing scales. `/scale` has no place for a fence, and the right to change the rest of a Deployment is the
 * right to put another image there, so the fence is on the Application: it is written first, and tells what is about to be written.
 *
 * @param application where the Application is, which may be in another cluster.
 */
export function createScaleHolder(
  kubernetes: KubernetesClient,
  {
    namespace,
    name,
    application,
  }: { namespace: string; name: string; application: { kubernetes: KubernetesClient; path: string } },
): MinimumHolder<Held> {
  const object = `Deployment ${namespace}/${name}`;
  return {
    object,
    by: 'scale',
    async read(options) {
      // The Deployment first: a write on top of it is refused if a later holder changed it after this look at the fence.
      const scale = await readScale(kubernetes, { namespace, name }, options);
      const owner = scale === null ? null : await application.kubernetes.get<Application>(application.path, options);
      if (scale === null || owner === null) return null;
      const fence = readCapacityFence(owner.metadata?.annotations?.[capacityAnnotation]);
      // A write that ended between the two has not taken effect: what is there is what was there before it.
      const isUnfinished = fence?.before !== undefined && fence.before === scale.replicas;
      return {
        object,
        minimum: scale.replicas,
        limit: null,
        fence: fence !== null && isUnfinished ? { ...fence, minimum: fence.before } : fence,
        problem: null,
        scale,
        owner: { resourceVersion: owner.metadata?.resourceVersion },
      };
    },
    async write({ scale, owner: { resourceVersion } }, fence, options) {
      const annotate = (version: string | undefined, value: object) =>
        application.kubernetes.mergePatch<Application>(
          application.path,
          { metadata: { resourceVersion: version, annotations: value } },
          options,
        );
      const isDone = scale.replicas === fence.minimum;
      const claim = formatCapacityFence(isDone ? fence : { ...fence, before: scale.replicas });
      const claimed = await annotate(resourceVersion, { [capacityAnnotation]: claim });
      if (claimed.kind === 'conflict') return 'conflict';
      if (isDone) return 'written';
      const wanted = { ...scale, replicas: fence.minimum };
      if ((await writeScale(kubernetes, { namespace, name }, wanted, options)) === 'conflict') return 'conflict';
      const done = { [capacityAnnotation]: formatCapacityFence(fence) };
      const settled = await annotate(claimed.object.metadata?.resourceVersion, done);
      return settled.kind === 'patched' ? 'written' : 'conflict';
    },
  };
}
