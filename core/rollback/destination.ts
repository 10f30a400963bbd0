import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Fence } from '../../contracts/fence.ts';
import { type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import type { Trigger } from '../../contracts/trigger.ts';
import { soleEnvironment } from '../traffic/weights.ts';

export interface Returned {
  /** The operation whose traffic is to go back. */
  readonly operation: string;
  /** The origin in its record, for a route without a fence; null when it never got that far. */
  readonly origin: EnvironmentName | null;
  /** Whether both sides were proven bad while it split the traffic, its origin more than its target (I2's exception). */
  readonly originWorse: boolean;
}

/**
 * Where the traffic of an operation goes back to. The origin on the route counts only when that operation claimed the route: the
 * fence of an earlier one names an origin of long ago. An operation that never claimed it has moved nothing, so the side with
 * all the traffic keeps it. Null when nobody knows: then a person decides (I7). Only when the origin is proven to be the worse of two
 * bad sides does everything go to the target; such a return ends frozen (I2).
 */
export function returnDestination(
  live: { readonly weights: Weights; readonly fence: Fence | null },
  { operation, origin, originWorse }: Returned,
): EnvironmentName | null {
  if (live.fence?.operation === operation) return originWorse ? otherEnvironment(live.fence.origin) : live.fence.origin;
  return soleEnvironment(live.weights) ?? live.fence?.origin ?? origin;
}

/**
 * Whether a return whose destination proves to be the worse of two bad sides may move the traffic once more, to the side that it came from
 * (I2's exception). Only where that side was left for being bad: where a person wanted to go, the traffic stays. Separate databases have
 * diverged since; with them a second move would lose what was written after the first (DESIGN §5, Data).
 */
export const mayGiveWay = (trigger: Trigger, { data }: Pick<ServiceConfiguration, 'data'>): boolean =>
  data !== 'separate' && (trigger.kind === 'alert' || (trigger.kind === 'failure' && trigger.cause === 'failed'));
