import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Trigger } from '../../contracts/trigger.ts';

/**
 * Whether a return whose destination proves to be the worse of two bad sides may move the traffic once more, to the side that it came from
 * (I2's exception). Only where that side was left for being bad: where a person wanted to go, the traffic stays. Separate databases have
 * diverged since; with them a second move would lose what was written after the first (DESIGN §5, Data).
 */
export const mayGiveWay = (trigger: Trigger, { data }: Pick<ServiceConfiguration, 'data'>): boolean =>
  data !== 'separate' && (trigger.kind === 'alert' || (trigger.kind === 'failure' && trigger.cause === 'failed'));
