import type { ApiGoodVersions } from '../../contracts/api/good-versions.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { environmentNames, otherEnvironment } from '../../contracts/names.ts';
import { possibleTargets } from '../../core/rollback/resolve-target.ts';
import type { ViewDeps } from '../ports.ts';
import { goodReleases } from '../return/situation.ts';
import { readClusterView } from './cluster-view.ts';

/**
 * Where a rollback may go now: versions that were live and good, are not live, and are not on hold. While the traffic is split nothing is
 * deployed, so that only what runs already is left. The rollback decides for itself: this is to choose by.
 */
export async function readGoodVersions(deps: ViewDeps, service: ServiceConfiguration): Promise<ApiGoodVersions> {
  const [releases, holds, { active, environments }] = await Promise.all([
    deps.store.releases.list(service.name),
    deps.store.releases.holds(service.name),
    readClusterView(deps, service),
  ]);
  const split = environmentNames.every((name) => environments[name].weight !== 0);
  // In a shift the way back is its origin, which is the active side then.
  const there = active === null ? null : split ? active : otherEnvironment(active);
  const live = active === null || split ? null : environments[active].digest;
  const versions = possibleTargets(goodReleases(releases), holds, live).flatMap(({ version, digest, succeededAt }) => {
    const runsOn = there !== null && environments[there].digest === digest ? there : null;
    if (split && runsOn === null) return [];
    const isReady = runsOn !== null && (environments[runsOn].ready ?? 0) >= service.replicas.minAvailable;
    const text =
      runsOn === null
        ? 'it is deployed first'
        : isReady
          ? `it runs on ${runsOn}`
          : `it runs on ${runsOn}, with too few pods until more have started`;
    const takes = isReady ? ('seconds' as const) : ('minutes' as const);
    return [{ version, digest, succeededAt: formatInstant(succeededAt), runsOn, takes, text }];
  });
  return { versions };
}
