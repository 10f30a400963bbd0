import type { LockRecord } from '../../adapters/store/locks.ts';
import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/operation.ts';
import { lastMove } from '../../core/rollback/last-move.ts';

/** What the database knows at the moment of a rescue. */
export interface Situation {
  readonly lock: LockRecord;
  /** The operation that holds the lock. */
  readonly running: OperationRecord | null;
  /** This rollback itself, when an earlier attempt of the same task got as far as registering it. */
  readonly own: OperationRecord | null;
  /** The newest operation by which the active environment got its traffic. */
  readonly lastMove: OperationRecord | null;
  readonly heldDigests: readonly string[];
}

export async function readSituation(store: Store, service: ServiceConfiguration, id: string): Promise<Situation> {
  const [lock, own, recent, holds] = await Promise.all([
    store.locks.read(service.name),
    store.operations.read(id),
    store.operations.list(service.name, 20),
    store.releases.holds(service.name),
  ]);
  const running = lock.holder === null ? null : lock.holder === id ? own : await store.operations.read(lock.holder);
  return {
    lock,
    running,
    own,
    lastMove: lastMove(recent.filter((operation) => operation.id !== id)),
    heldDigests: holds.map(({ digest }) => digest),
  };
}
