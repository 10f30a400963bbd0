import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { type CapacityDrift, capacityDrift } from '../../core/traffic/capacity.ts';
import type { ServiceCluster } from '../ports.ts';

export type DriftOf = Exclude<CapacityDrift, { kind: 'none' }> & { readonly environment: EnvironmentName };

/** What others have done to the minimums of the environments; one whose autoscaler is not there has none. */
export async function capacityDrifts(
  { workloads }: Pick<ServiceCluster, 'workloads'>,
  service: ServiceConfiguration,
): Promise<DriftOf[]> {
  const drifts = await Promise.all(
    environmentNames.map(async (environment) => {
      const { namespace } = service.environments[environment];
      const seen = await workloads.readCapacity(namespace, service.name);
      const drift = capacityDrift({ live: seen?.minimum ?? 1, written: seen?.fence?.minimum ?? null });
      return drift.kind === 'none' ? [] : [{ environment, ...drift }];
    }),
  );
  return drifts.flat();
}

/** The name of what drifted, for people and for the record. */
export const minimumOf = (environment: EnvironmentName): string => `minReplicas of ${environment}`;
export const restoredMinimumOf = (environment: EnvironmentName): string => `restored ${minimumOf(environment)}`;
export const loweredMinimumOf = (environment: EnvironmentName): string => `lowered ${minimumOf(environment)}`;
