import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { evidencePause } from '../../contracts/configuration/waits.ts';
import { formatInstant, later, parseInstant } from '../../contracts/instant.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { durationWords } from '../../contracts/words.ts';
import { note, sluice } from '../operation/audited.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReleaseDeps } from '../ports.ts';

export type EvidenceWait =
  | { kind: 'waiting'; waitSeconds: number }
  /** Its time is over (I11). */
  | { kind: 'over'; reason: Reason };

/**
 * Lets an operation wait for evidence that is under way, until `validation.waitFor` is over since it was first missed. An abort is seen
 * at the next look.
 *
 * @param awaited what is under way, as sentences.
 */
export async function awaitEvidence(
  deps: ReleaseDeps,
  service: ServiceConfiguration,
  operation: OperationRecord,
  awaited: readonly string[],
): Promise<EvidenceWait> {
  const since = operation.evidenceAwaitedSince ?? timestamp(deps);
  const until = later(parseInstant(since), service.validation.waitFor);
  const what = awaited.join(' ');
  if (deps.now() >= until) {
    const told = `${what} Sluice waited for it for ${durationWords(service.validation.waitFor)}.`;
    return { kind: 'over', reason: because('EvidenceLate', told) };
  }
  await deps.store.operations.update(operation.id, { evidenceAwaitedSince: since, evidenceAwaited: [...awaited] });
  if (operation.evidenceAwaited.join(' ') !== what) {
    const details = { until: formatInstant(until) };
    await note(deps, { operation: operation.id, action: 'await-evidence', actor: sluice, reason: what, details });
  }
  const elapsed = deps.now() - parseInstant(since);
  return { kind: 'waiting', waitSeconds: evidencePause(service, elapsed) / 1_000 };
}
