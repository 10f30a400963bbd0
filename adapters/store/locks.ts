import type { OperationKind } from '../../contracts/operation.ts';
import { type LockRecord, lockRecordSchema, waitingRecordSchema } from '../../contracts/records/lock.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import { assignments, firstAssignments, type Table } from './table.ts';

/** Who wants the lock. */
export interface LockClaim {
  readonly operation: string;
  readonly kind: OperationKind;
  readonly executionArn: string;
  readonly at: string;
  readonly deadline: string;
}

export type Acquired =
  | { kind: 'acquired'; epoch: number; adopted: 'never' | 'before'; from: LockRecord }
  | { kind: 'held'; by: LockRecord };

export interface Locks {
  read(service: string): Promise<LockRecord>;
  /** Takes a free lock, epoch + 1. The holder that asks again gets its own epoch again (I10). */
  acquire(service: string, claim: LockClaim): Promise<Acquired>;
  /**
   * Takes the lock from whoever holds it, or from nobody, in one conditional update, epoch + 1 (rule 6). `seen` is the lock
   * as the caller read it: if another took it meanwhile, the answer is `held` and the caller decides again.
   */
  takeOver(service: string, seen: LockRecord, claim: LockClaim): Promise<Acquired>;
  /** Frees the lock if this operation still holds it. */
  release(service: string, operation: string): Promise<'released' | 'not-held'>;
  /** Stores the callback of an operation that waits for the lock; it never leaves the server. */
  wait(service: string, operation: string, taskToken: string): Promise<void>;
  /** Hands out the callbacks of all who wait, once. They ask again by themselves if this gets lost (rule 5). */
  takeWaiting(service: string): Promise<string[]>;
  /** Notes that the route carries a fence from now on. */
  markAdopted(service: string): Promise<void>;
  /** Raises the epoch to at least `epoch`, after a rescue that fenced on the route alone. */
  reconcileEpoch(service: string, epoch: number): Promise<void>;
}

const key = (service: string) => ({ pk: `LOCK#${service}`, sk: 'LOCK' });
/** Apart from the lock: whoever frees one takes them away, and may not delete the other. */
const waitingPk = (service: string) => `WAITING#${service}`;
const waitingPrefix = 'WAITING#';
const free: LockRecord = {
  epoch: 0,
  holder: null,
  kind: null,
  executionArn: null,
  acquiredAt: null,
  deadline: null,
  adopted: 'never',
};

export function createLocks(table: Table, onUnreadable: OnUnreadable): Locks {
  const read = async (service: string): Promise<LockRecord> =>
    readIfThere(lockRecordSchema, await table.get(key(service))) ?? free;

  const take = async (service: string, seen: LockRecord, claim: LockClaim): Promise<Acquired> => {
    const epoch = seen.epoch + 1;
    const taken: LockRecord = {
      epoch,
      holder: claim.operation,
      kind: claim.kind,
      executionArn: claim.executionArn,
      acquiredAt: claim.at,
      deadline: claim.deadline,
      adopted: seen.adopted,
    };
    const set = firstAssignments({ ...taken });
    const written = await table.update(key(service), {
      ...set,
      // A lock of which a rescue has made up the epoch alone has no holder.
      ConditionExpression:
        seen.epoch === 0
          ? 'attribute_not_exists(pk)'
          : `#epoch = :seenEpoch AND (#holder = :seenHolder${seen.holder === null ? ' OR attribute_not_exists(#holder)' : ''})`,
      ExpressionAttributeValues: {
        ...set.ExpressionAttributeValues,
        ...(seen.epoch === 0 ? {} : { ':seenEpoch': seen.epoch, ':seenHolder': seen.holder }),
      },
    });
    if (written === 'written') return { kind: 'acquired', epoch, adopted: seen.adopted, from: seen };
    return { kind: 'held', by: await read(service) };
  };

  const acquire = async (service: string, claim: LockClaim): Promise<Acquired> => {
    const seen = await read(service);
    if (seen.holder === claim.operation)
      return { kind: 'acquired', epoch: seen.epoch, adopted: seen.adopted, from: seen };
    if (seen.holder !== null) return { kind: 'held', by: seen };
    const taken = await take(service, seen, claim);
    // A lost race against a release leaves a free lock: try again with what is there now.
    return taken.kind === 'held' && taken.by.holder === null ? acquire(service, claim) : taken;
  };

  return {
    read,
    acquire,
    async takeOver(service, seen, claim) {
      if (seen.holder === claim.operation) {
        return { kind: 'acquired', epoch: seen.epoch, adopted: seen.adopted, from: seen };
      }
      return take(service, seen, claim);
    },
    async release(service, operation) {
      const set = assignments({ holder: null, kind: null, executionArn: null, acquiredAt: null, deadline: null });
      const written = await table.update(key(service), {
        ...set,
        ConditionExpression: '#holder = :operation',
        ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':operation': operation },
      });
      return written === 'written' ? 'released' : 'not-held';
    },
    async wait(service, operation, taskToken) {
      const waiting = { pk: waitingPk(service), sk: `${waitingPrefix}${operation}` };
      await table.put(waiting, { taskToken });
    },
    async takeWaiting(service) {
      const waiting = await table.query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': waitingPk(service), ':prefix': waitingPrefix },
        ConsistentRead: true,
      });
      await Promise.all(waiting.map((item) => table.delete(item)));
      return readList(waiting, (item) => readRecord(waitingRecordSchema, item).taskToken, onUnreadable);
    },
    async markAdopted(service) {
      await table.update(key(service), {
        ...assignments({ adopted: 'before' }),
        ConditionExpression: 'attribute_exists(pk)',
      });
    },
    async reconcileEpoch(service, epoch) {
      await table.update(key(service), {
        ...firstAssignments({ epoch }),
        ConditionExpression: 'attribute_not_exists(pk) OR #epoch < :epoch',
      });
    },
  };
}
