import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { audited, sluice } from '../operation/audited.ts';
import type { Holder } from '../operation/holder.ts';
import type { ActDeps } from '../ports.ts';

/** A wanted `minReplicas`, and for what. */
export interface Capacity {
  /** Whose audit says it. */
  readonly operation: string;
  readonly action:
    | 'prepare-capacity'
    | 'keep-capacity'
    | 'raise-capacity'
    | 'restore-capacity'
    | 'lower-capacity'
    | 'lower-standby'
    | 'relax-capacity';
  readonly environment: EnvironmentName;
  readonly minReplicas: number;
  /** Percent of the traffic that it is for. */
  readonly weight?: number;
}

/**
 * Sets the autoscaler's minimum of an environment, fenced, and says so before (rule 9).
 *
 * @throws {StaleHolder} when a later holder set it (I12).
 */
export async function setCapacity(
  deps: ActDeps,
  service: ServiceConfiguration,
  holder: Holder,
  { operation, action, ...wanted }: Capacity,
): Promise<void> {
  const { workloads } = deps.cluster(service);
  const { namespace } = service.environments[wanted.environment];
  await audited(deps, { operation, action, actor: sluice, wanted }, () =>
    workloads.setMinimumReplicas(namespace, service.name, wanted.minReplicas, holder),
  );
}
