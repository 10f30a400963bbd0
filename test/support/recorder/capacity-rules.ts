import type { Operation } from '../pipeline.ts';
import { type CapacitySeen, type Environment, environments, type History, otherOf, sameWrite } from './history.ts';

/** Two watches on two connections: what belongs together may be seen this far apart, ms. */
const skewMs = 1_000;
/** `replicas.max` and `standby.keepWarm` (ms) of the sandbox's configuration. */
export interface CapacitySettings {
  readonly mostReplicas: number;
  readonly keepWarmMs: number;
}
/** As in sandbox/sluice.yaml. */
const usual: CapacitySettings = { mostReplicas: 10, keepWarmMs: 15 * 60_000 };

/** I2: whatever raises an environment's weight, pods are ready there for it, of the release that is to get the traffic. */
export function raisedUnready(history: History, operations: readonly Operation[], { mostReplicas } = usual): string[] {
  const problems: string[] = [];
  history.route.forEach((state, index) => {
    const before = history.route[index - 1];
    const operation = operations.find(({ id }) => id === state.fence?.operation);
    // The exception of I2: both sides bad, which a rollback answers, and which ends frozen.
    const bothBad = operation?.kind === 'rollback' && operation.outcome === 'frozen';
    // A weight that changed under the same fence was written by somebody else, which is drift.
    if (before === undefined || bothBad || sameWrite(before, state)) return;
    for (const environment of environments) {
      if (state[environment] <= before[environment]) continue;
      const around = seenAround(history.capacity, environment, state.at);
      const ready = Math.max(0, ...around.map((seen) => seen.ready));
      const needed =
        operation?.kind === 'deployment'
          ? Math.min(mostReplicas, neededFor(history, operation, state[environment]))
          : 1;
      if (ready < needed) {
        problems.push(`I2: ${environment} got ${state[environment]} % with ${ready} of ${needed} pods ready`);
      }
      const version = operation?.kind === 'deployment' ? operation.release?.version : undefined;
      if (version !== undefined && !around.some((seen) => seen.version === version)) {
        problems.push(
          `I2: ${environment} got ${state[environment]} % for ${version} while ${around.at(-1)?.version} ran`,
        );
      }
    }
  });
  return [...problems, ...unchecked(history, operations)];
}

/** I2: a deployment's first traffic comes after its health checks have passed, by its own account. */
function unchecked({ route }: History, operations: readonly Operation[]): string[] {
  return operations
    .filter(({ id, kind, target, timeline }) => {
      const shifted = route.some((state) => state.fence?.operation === id && target !== null && state[target] > 0);
      const verified = timeline.some(({ action, phase }) => action === 'verify-standby' && phase === 'result');
      return kind === 'deployment' && shifted && !verified;
    })
    .map(({ id }) => `I2: deployment ${id} moved traffic without having passed its health checks`);
}

function neededFor({ route, capacity }: History, operation: Operation, weight: number): number {
  const claimed = route.find(({ fence }) => fence?.operation === operation.id);
  if (claimed === undefined || operation.target === null) return 1;
  const origin = seenAround(capacity, otherOf(operation.target), claimed.at);
  const carried = Math.min(...origin.map(({ ready }) => ready));
  return Math.max(1, Math.ceil((carried * weight) / 100));
}

/** I8: the origin is to have what it had before the shift until it has been kept warm, or another operation has the route. */
export function cooledOrigins(history: History, operations: readonly Operation[], { keepWarmMs } = usual): string[] {
  return operations.flatMap((operation) => {
    const { id, kind, origin } = operation;
    const claimed = history.route.find(({ fence }) => fence?.operation === id);
    if (kind !== 'deployment' || origin === null || claimed === undefined) return [];
    const family = new Set([id, ...operations.filter(({ related }) => related === id).map((one) => one.id)]);
    const next = history.route.find(
      ({ at, fence }) => at > claimed.at && fence !== null && !family.has(fence.operation),
    );
    const until = Math.min(next?.at ?? Number.POSITIVE_INFINITY, claimed.at + keepWarmMs);
    const before = history.capacity.findLast((seen) => seen.environment === origin && seen.at <= claimed.at);
    if (before === undefined) return [];
    const lowered = history.capacity.find(
      (seen) => seen.environment === origin && seen.at > claimed.at && seen.at < until && seen.wanted < before.wanted,
    );
    return lowered === undefined
      ? []
      : [`I8: ${origin}, the origin of ${id}, was to have ${lowered.wanted} pods instead of ${before.wanted}`];
  });
}

/** What an environment was like at a moment: its last state before it, and everything within the skew. */
function seenAround(capacity: readonly CapacitySeen[], environment: Environment, at: number): CapacitySeen[] {
  const ofIt = capacity.filter((seen) => seen.environment === environment);
  const last = ofIt.findLast((seen) => seen.at <= at);
  const near = ofIt.filter((seen) => Math.abs(seen.at - at) <= skewMs);
  return last === undefined || near.includes(last) ? near : [last, ...near];
}
