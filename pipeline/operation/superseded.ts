import type { Store } from '../../adapters/store/store.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Candidate } from '../../contracts/records/candidate.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { deploymentTypeOf } from '../../contracts/trigger.ts';

export type Place =
  | { kind: 'kept' }
  /** `by`: who has the place now; null when nobody has it. */
  | { kind: 'lost'; by: Candidate | null };

/**
 * Whether a deployment still has its place before the lock. A hotfix keeps it whatever release comes: only another hotfix takes it. Not to be
 * asked of an operation that has the lock, which has stepped down from its place.
 */
export async function placeOf({ candidates }: Pick<Store, 'candidates'>, operation: OperationRecord): Promise<Place> {
  const type = deploymentTypeOf(operation.trigger);
  const own = await candidates.read(operation.service, type);
  if (own?.operation === operation.id) return { kind: 'kept' };
  // Versions before this one knew one place only.
  const other = type === 'hotfix' ? await candidates.read(operation.service, 'standard') : null;
  return other?.operation === operation.id ? { kind: 'kept' } : { kind: 'lost', by: own };
}

/** How it is told that an operation has lost its place. */
export const supersededReason = (by: Candidate | null): Reason =>
  because(
    'Superseded',
    by === null ? 'Superseded by a newer release.' : `Superseded by ${by.version} (operation ${by.operation}).`,
  );
