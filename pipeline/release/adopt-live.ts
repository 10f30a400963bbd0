import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { note, sluice } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectEvidence } from './collect-evidence.ts';

/**
 * Makes a release known that was live before Sluice came, so that there is something to go back to. It counts as good since it
 * serves the traffic; a release whose CI run cannot be found, or whose image is another one, stays unknown.
 */
export async function adoptLive(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
): Promise<void> {
  const { live } = operation;
  if (live === null || (await deps.store.releases.read(service.name, live.digest)) !== null) return;
  const found = await deps.source.findRunForVersion({
    repository: service.repository,
    version: live.version,
    ...service.trigger,
  });
  if (found.kind !== 'found') return;
  const collected = await collectEvidence(deps, service, found.run);
  if (collected.kind === 'unusable' || collected.release.digest !== live.digest) return;
  await deps.store.releases.put(service.name, collected.release, collected.evidence);
  const marks = { succeededAt: timestamp(deps), environment: live.environment };
  await deps.store.releases.mark(service.name, live.digest, marks);
  await note(deps, { operation: operation.id, action: 'adopt-live-release', actor: sluice, details: { ...live } });
}
