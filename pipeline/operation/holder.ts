import type { Store } from '../../adapters/store/store.ts';
import { LockLost } from '../../contracts/errors.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';

/** The lock as its holder sees it. */
export interface Holder {
  readonly operation: string;
  readonly epoch: number;
  readonly adopted: 'never' | 'before';
}

/**
 * Confirms that the operation still owns its service's lock; the first thing that each task after `AcquireLock` does (§5, the fence).
 *
 * @throws {LockLost} when another operation has taken over: this one must stop.
 */
export async function confirmHolder(store: Pick<Store, 'locks'>, operation: OperationRecord): Promise<Holder> {
  const lock = await store.locks.read(operation.service);
  if (lock.holder !== operation.id) {
    throw new LockLost(
      `Operation ${operation.id} no longer holds the lock of ${operation.service}; ${lock.holder ?? 'nobody'} does (epoch ${lock.epoch}).`,
    );
  }
  return { operation: operation.id, epoch: lock.epoch, adopted: lock.adopted };
}
