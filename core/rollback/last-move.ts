import type { OperationRecord } from '../../contracts/records/operation.ts';

type Moved = Pick<OperationRecord, 'id' | 'kind' | 'outcome' | 'desired' | 'related'>;

/**
 * The newest operation by which the active environment got its traffic. A switch by hand that went back, and the rollback that brought
 * it back, left everything as it was before them.
 *
 * @param newestFirst what happened to the service lately.
 */
export function lastMove<Operation extends Moved>(newestFirst: readonly Operation[]): Operation | null {
  const switches = new Set(newestFirst.filter(({ kind }) => kind === 'switch-traffic').map(({ id }) => id));
  const moved = ({ kind, outcome, desired, related }: Moved): boolean => {
    if (outcome !== 'succeeded') return false;
    if (kind === 'switch-traffic') return desired?.weight === 100;
    return kind !== 'rollback' || related === null || !switches.has(related);
  };
  return newestFirst.find(moved) ?? null;
}
