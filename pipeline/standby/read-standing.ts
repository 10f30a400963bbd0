import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { ReleaseReference } from '../../contracts/records/operation.ts';
import { identityOf } from '../../contracts/release.ts';
import type { StandingRelease } from '../../core/traffic/decide-switch.ts';
import type { ServiceCluster } from '../ports.ts';
import { readLive } from './read-live.ts';

/** The release that runs in an environment (rule 8), with what the database knows of it; null when it knows nothing of it. */
export async function readStanding(
  store: Pick<Store, 'releases'>,
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<(StandingRelease & { readonly reference: ReleaseReference }) | null> {
  const running = await readLive(cluster, service, environment);
  if (running === null) return null;
  const [found, holds] = await Promise.all([
    Promise.all(running.digests.map((one) => store.releases.read(service.name, one))),
    store.releases.holds(service.name),
  ]);
  const known = found.find((one) => one !== null);
  if (known === undefined) return null;
  const { version, digest } = known.release;
  return {
    version,
    approved: known.approvedAt !== null || known.succeededAt !== null,
    hold: holds.find((hold) => hold.digest === digest)?.reason ?? null,
    reference: identityOf(known.release),
  };
}
