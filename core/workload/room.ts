import { podWords } from '../../contracts/words.ts';
import { type CapacityLimit, type CapacityNeeded, capacityObstacle } from '../traffic/capacity.ts';
import { parseQuantity } from './quantity.ts';

type Amounts = Readonly<Record<string, string>>;

/** What is read of a pod about what it takes (core/v1). */
export interface SizedPod {
  readonly spec?:
    | {
        readonly containers?: readonly SizedContainer[] | undefined;
        readonly initContainers?: readonly SizedContainer[] | undefined;
      }
    | undefined;
}

/** What a container asks for, and may take. */
export interface SizedContainer {
  readonly restartPolicy?: string | undefined;
  readonly resources?: { readonly requests?: Amounts | undefined; readonly limits?: Amounts | undefined } | undefined;
}

/** What is read of a ResourceQuota (core/v1). */
export interface Quota {
  readonly metadata?: { readonly name?: string | undefined } | undefined;
  /** One with scopes counts only some pods, of which nothing is said here. */
  readonly spec?: { readonly scopes?: readonly string[] | undefined; readonly scopeSelector?: unknown } | undefined;
  readonly status?: { readonly hard?: Amounts | undefined; readonly used?: Amounts | undefined } | undefined;
}

export interface RoomQuestion {
  /** What all the traffic takes on the standby. */
  readonly wanted: CapacityNeeded;
  /** Pods that the standby has already. */
  readonly present: number;
  /** What sets its capacity; null when it is not there. */
  readonly capacity: CapacityLimit | null;
  readonly quotas: readonly Quota[];
  /** A pod of the live side, with all that admission adds; null when none runs. */
  readonly like: SizedPod | null;
}

/**
 * Why the standby could not get the pods that all the traffic takes: its autoscaler's maximum, or what is left of a quota; null when neither
 * stands in the way. What the nodes have left is not looked at: a cluster autoscaler may add some.
 */
export function noRoom({ wanted, present, capacity, quotas, like }: RoomQuestion): string | null {
  const obstacle = capacityObstacle(capacity, wanted);
  if (obstacle !== null) return obstacle;
  const more = wanted.needed - present;
  if (more <= 0) return null;
  const { environment, namespace } = wanted;
  for (const { metadata, spec, status } of quotas) {
    if (spec?.scopes !== undefined || spec?.scopeSelector !== undefined) continue;
    for (const [resource, hard] of Object.entries(status?.hard ?? {})) {
      const each = perPod(like, resource);
      const limit = parseQuantity(hard);
      const used = parseQuantity(status?.used?.[resource] ?? '0');
      // Quantities are decimals, which floating point adds up almost.
      if (each === null || limit === null || used === null || each * more <= (limit - used) * (1 + 1e-9)) continue;
      return (
        `${environment} has ${podWords(present)}, and all the traffic needs ${wanted.needed}. Their ${resource} goes beyond ResourceQuota ` +
        `${namespace}/${metadata?.name ?? '?'}: ${status?.used?.[resource] ?? '0'} of ${hard} is used. Raise its ${resource}.`
      );
    }
  }
  return null;
}

/** How much of a quota's resource one pod takes; null for what pods do not take, or where no pod tells. */
function perPod(pod: SizedPod | null, resource: string): number | null {
  if (resource === 'pods' || resource === 'count/pods') return 1;
  const [, kind = 'requests', name = ''] =
    /^(?:(requests|limits)\.)?(cpu|memory|ephemeral-storage)$/.exec(resource) ?? [];
  if (pod === null || name === '') return null;
  const amountOf = ({ resources }: SizedContainer): number => {
    const { requests, limits } = resources ?? {};
    // The API server takes a limit for a request that is not written.
    const written = kind === 'limits' ? limits?.[name] : (requests?.[name] ?? limits?.[name]);
    return parseQuantity(written ?? '0') ?? 0;
  };
  const { containers = [], initContainers = [] } = pod.spec ?? {};
  const [beside, before] = [true, false].map((stays) =>
    initContainers.filter(({ restartPolicy }) => (restartPolicy === 'Always') === stays).map(amountOf),
  );
  const running = [...containers.map(amountOf), ...(beside ?? [])].reduce((sum, one) => sum + one, 0);
  return Math.max(running, ...(before ?? []));
}
