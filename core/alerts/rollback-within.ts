import type { Milliseconds } from '../../contracts/duration.ts';
import { between, type Instant, later, parseInstant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { durationWords } from '../../contracts/words.ts';
import type { RouteState } from '../traffic/fence.ts';
import { soleEnvironment } from '../traffic/weights.ts';

/** The deployment by which an environment got all the traffic, and the moment from which `alerts.rollbackWithin` is counted: its end. */
export interface LastDeployment {
  readonly environment: EnvironmentName;
  readonly countsFrom: Instant;
}

/** As the record of the last move has it; null when that was no deployment. */
export function deploymentOnRecord(
  last: Pick<OperationRecord, 'kind' | 'target' | 'endedAt'> | null,
): LastDeployment | null {
  if (!last?.target || last.endedAt === null || last.kind !== 'deployment') return null;
  return { environment: last.target, countsFrom: parseInstant(last.endedAt) };
}

/** As the route alone tells, where no record does (rule 6). */
export function deploymentByRoute(live: RouteState, bake: Milliseconds): LastDeployment | null {
  const environment = soleEnvironment(live.weights);
  const countsFrom = endByRoute(live, bake);
  return environment === null || countsFrom === null ? null : { environment, countsFrom };
}

/**
 * When the deployment ends or ended that wrote the route last, by the route alone: once its target has baked with all of the traffic.
 * Null when all the traffic is at its origin, or when the write is too old to say when it was.
 */
export function endByRoute({ weights, fence }: RouteState, bake: Milliseconds): Instant | null {
  const active = soleEnvironment(weights);
  if (fence?.at === undefined || active === null || active === fence.origin) return null;
  return later(parseInstant(fence.at), bake);
}

/**
 * How long before the alert an environment was deployed, in words that stay true in records, while an alert about it still returns the
 * traffic; null afterwards.
 */
export function recentlyDeployed(
  active: EnvironmentName,
  last: LastDeployment | null,
  { rollbackWithin, now }: { readonly rollbackWithin: Milliseconds; readonly now: Instant },
): string | null {
  if (last?.environment !== active) return null;
  const age = between(last.countsFrom, now);
  return age <= rollbackWithin ? `${active} was deployed ${durationWords(age)} before the alert` : null;
}
