import type { Reason } from '../../contracts/reason.ts';
import type { CommonDeps } from '../ports.ts';
import { audited, sluice } from './audited.ts';
import { timestamp } from './operation-context.ts';
import { serviceChain } from './service-chain.ts';

export interface Freezing {
  readonly service: string;
  readonly reason: Reason;
  /** The operation that could not go on; null when a person freezes the service. */
  readonly operation: string | null;
  /** Sluice itself without it. */
  readonly actor?: string;
}

/** Freezes a service (I5): no deployment begins until a person ends the freeze, and alerts and emergencies still return traffic. A freeze that stands keeps its reason. */
export function freezeService(
  deps: CommonDeps,
  { service, reason, operation, actor = sluice }: Freezing,
): Promise<'frozen' | 'already-frozen'> {
  const intent = {
    operation: operation ?? serviceChain({ name: service }),
    action: 'freeze',
    actor,
    reason,
    wanted: { service },
  };
  return audited(deps, intent, () =>
    deps.store.releases.freeze(service, { reason, operation, by: actor, at: timestamp(deps) }),
  );
}
