import type { LockRecord } from '../../adapters/store/locks.ts';
import type { ApiService } from '../../contracts/api/service.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperatorDeps } from '../ports.ts';
import { readClusterView } from './cluster-view.ts';

/** A service as it is now. The cluster is the truth (rule 8); what of it cannot be read is said, and the rest is shown. */
export async function readServiceView(deps: OperatorDeps, service: ServiceConfiguration): Promise<ApiService> {
  const { name, repository } = service;
  const [live, lock, candidate, holds, frozen] = await Promise.all([
    readClusterView(deps, service),
    deps.store.locks.read(name),
    deps.store.candidates.read(name),
    deps.store.releases.holds(name),
    deps.store.releases.frozen(name),
  ]);
  return {
    name,
    repository,
    host: service.traffic.host,
    ...live,
    lock: lockView(lock),
    candidate:
      candidate === null
        ? null
        : {
            operation: candidate.operation,
            version: candidate.version,
            commit: candidate.commit,
            at: candidate.at,
          },
    holds: holds.map(({ version, digest, reason, operation, at }) => ({ version, digest, reason, operation, at })),
    frozen:
      frozen === null ? null : { reason: frozen.reason, operation: frozen.operation, by: frozen.by, at: frozen.at },
  };
}

const lockView = ({ holder, kind, epoch, acquiredAt, deadline }: LockRecord): ApiService['lock'] => ({
  holder,
  kind,
  epoch,
  acquiredAt,
  deadline,
});
