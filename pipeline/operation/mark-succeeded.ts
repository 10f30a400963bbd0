import type { Store } from '../../adapters/store/store.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { wasSentBack } from '../../core/rollback/outcome-of-returned.ts';

/**
 * Notes that the release of an operation was live: people may go back to it from now on (I3). Only once the outcome is written, so that an
 * execution that comes too late marks nothing (I12); whoever finds an ended operation does it again, since the first may have died in between.
 */
export async function markSucceeded(store: Pick<Store, 'releases'>, operation: OperationRecord): Promise<void> {
  const { release, target, outcome, endedAt } = operation;
  if (outcome !== 'succeeded' || release === null || target === null || endedAt === null || wasSentBack(operation))
    return;
  await store.releases.mark(operation.service, release.digest, {
    ...{ succeededAt: endedAt, environment: target },
    ...(operation.standbySource === null ? {} : { source: operation.standbySource.source.sha256 }),
  });
}
