import type { CapacityPurpose } from '../../adapters/cluster/minimum-replicas.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { audited, sluice } from '../operation/audited.ts';
import type { Holder } from '../operation/holder.ts';
import type { ActDeps } from '../ports.ts';

/** A wanted minimum of replicas, and for what. */
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
  /** Unless it is the usual one of the action. */
  readonly purpose?: CapacityPurpose;
}

/** What each action may expect of an autoscaler. */
const purposes: Readonly<Record<Capacity['action'], CapacityPurpose>> = {
  'prepare-capacity': 'raise',
  'keep-capacity': 'raise',
  'raise-capacity': 'raise',
  // What others have made of the maximum meanwhile is no reason to leave the rest away.
  'restore-capacity': 'return',
  'lower-capacity': 'lower',
  'lower-standby': 'lower',
  'relax-capacity': 'lower',
};

/**
 * Sets the least number of replicas of an environment, fenced, and says so before (rule 9). What people have set is not lowered.
 *
 * @throws {StaleHolder} when a later holder set it (I12).
 */
export async function setCapacity(
  deps: ActDeps,
  service: ServiceConfiguration,
  holder: Holder,
  { operation, action, purpose = purposes[action], ...wanted }: Capacity,
): Promise<void> {
  const { workloads } = deps.cluster(service);
  const { namespace } = service.environments[wanted.environment];
  await audited(deps, { operation, action, actor: sluice, wanted }, () =>
    workloads.setMinimumReplicas(namespace, service.name, wanted.minReplicas, holder, { purpose }),
  );
}
