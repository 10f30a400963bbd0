import type { Instant } from '../../contracts/instant.ts';
import type { OperationState, Outcome } from '../../contracts/operation.ts';
import { type OperationRecord, operationRecordSchema } from '../../contracts/records/operation.ts';
import { firstIdAt } from '../../core/operation/id.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import { assignments, type Table } from './table.ts';

/** Fields of an operation that may change while it runs. */
export type OperationChanges = Partial<
  Omit<
    OperationRecord,
    | 'id'
    | 'kind'
    | 'service'
    | 'trigger'
    | 'actor'
    | 'startedAt'
    | 'state'
    | 'outcome'
    | 'endedAt'
    | 'anchoredAt'
    | 'stateSince'
    | 'phases'
  >
>;

/** How an operation ended. `reason` is for people. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason: string;
  readonly at: string;
}

export type EndOutcome =
  | { kind: 'ended' }
  | { kind: 'already-ended'; outcome: Outcome }
  | { kind: 'returned-by'; operation: string };

/** Which operations of a service: those that began from `from` on and before `to`, where these are given, and only so many. */
export interface OperationRange {
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
  /** Only those before the operation of this id: the `next` of the page before. */
  readonly before?: string | undefined;
  readonly outcome?: Outcome | undefined;
}

export interface OperationPage {
  /** Newest first. Those that cannot be read are left out. */
  readonly operations: readonly OperationRecord[];
  /** Where the next page goes on; null when there is nothing older in the range. */
  readonly next: string | null;
}

export interface OperationsWithGaps {
  readonly operations: OperationRecord[];
  readonly unreadable: readonly string[];
}

/** Operations, newest last by id. */
export interface Operations {
  /** Creates the record; a second call with the same id finds the first one's (I10). */
  register(record: OperationRecord): Promise<{ kind: 'registered' } | { kind: 'known'; record: OperationRecord }>;
  read(id: string): Promise<OperationRecord | null>;
  /** The newest operations of a service that can be read, newest first. Eventually consistent: for display. */
  list(service: string, limit: number): Promise<OperationRecord[]>;
  /** The same, and the ids of those that cannot be read: for whoever would decide otherwise if the newest were one of them. */
  listWithGaps(service: string, limit: number): Promise<OperationsWithGaps>;
  /**
   * The operations of a time, read along the index by their ids, which begin with it: nothing outside of it is read. An outcome is sought
   * among them, so that a page with one may read all of the range. Eventually consistent: for display.
   */
  page(service: string, range: OperationRange): Promise<OperationPage>;
  /** Changes fields of an operation that has not ended; an ended one is left as it is. */
  update(id: string, changes: OperationChanges): Promise<'updated' | 'ended'>;
  /** Moves to another state and notes since when, with what was decided on the way. Entering the same state again changes nothing (I10). */
  enter(
    id: string,
    state: OperationState,
    at: string,
    decided?: OperationChanges,
  ): Promise<'entered' | 'already-there' | 'ended'>;
  /**
   * Writes the one outcome (I5). A second outcome is refused and the first is returned. An operation's own execution, which may have
   * been held up, is refused as well once another one has begun to return it: that one has the say (I12).
   */
  end(id: string, ending: Ending, by?: 'own-execution' | 'anybody'): Promise<EndOutcome>;
  /** Notes that the audit of an ended operation is anchored. */
  markAnchored(id: string, at: string): Promise<void>;
}

const key = (id: string) => ({ pk: `OPERATION#${id}`, sk: 'OPERATION' });
/** Operations that one query reads, at most: a few kilobytes each. */
const perQuery = 100;
const notEnded = { name: { '#outcome': 'outcome' }, value: { ':null': null } };

export function createOperations(table: Table, onUnreadable: OnUnreadable): Operations {
  const read = async (id: string) => readIfThere(operationRecordSchema, await table.get(key(id)));
  const listWithGaps = async (service: string, limit: number): Promise<OperationsWithGaps> => {
    const found = await table.query({
      IndexName: 'byService',
      KeyConditionExpression: 'service = :service',
      ExpressionAttributeValues: { ':service': service },
      ScanIndexForward: false,
      Limit: limit,
    });
    const unreadable: string[] = [];
    const operations = readList(
      found,
      (item) => readRecord(operationRecordSchema, item),
      (error, { id }) => {
        unreadable.push(String(id));
        onUnreadable(error);
      },
    );
    return { operations, unreadable };
  };
  const change = (id: string, changes: Record<string, unknown>) => {
    const set = assignments(changes);
    return table.update(key(id), {
      ...set,
      ConditionExpression: 'attribute_exists(pk) AND #outcome = :null',
      ExpressionAttributeNames: { ...set.ExpressionAttributeNames, ...notEnded.name },
      ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ...notEnded.value },
    });
  };

  return {
    async register(record) {
      const written = await table.put(key(record.id), record, { expression: 'attribute_not_exists(pk)' });
      if (written === 'written') return { kind: 'registered' };
      return { kind: 'known', record: (await read(record.id)) ?? record };
    },
    read,
    list: async (service, limit) => (await listWithGaps(service, limit)).operations,
    listWithGaps,
    async page(service, { from, to, limit, before, outcome }) {
      const operations: OperationRecord[] = [];
      // Ids begin with a time; without one, with whatever a clock that is ahead may say.
      const least = from === undefined ? '0' : firstIdAt(from);
      let upTo = before ?? (to === undefined ? 'zzz' : firstIdAt(to));
      while (operations.length < limit) {
        const items = await table.query({
          IndexName: 'byService',
          KeyConditionExpression: 'service = :service AND id BETWEEN :from AND :to',
          ExpressionAttributeValues: { ':service': service, ':from': least, ':to': upTo },
          ScanIndexForward: false,
          // An outcome may be rare.
          Limit: outcome === undefined ? Math.min(perQuery, limit - operations.length + 1) : perQuery,
        });
        // The upper end belongs to what was read before.
        const found = items.filter(({ id }) => id !== upTo);
        if (found.length === 0) return { operations, next: null };
        for (const item of found) {
          const [operation] = readList([item], (one) => readRecord(operationRecordSchema, one), onUnreadable);
          if (operation !== undefined && (outcome === undefined || operation.outcome === outcome))
            operations.push(operation);
          upTo = String(item.id);
          if (operations.length === limit) break;
        }
      }
      return { operations, next: upTo };
    },
    async update(id, changes) {
      if (Object.values(changes).every((value) => value === undefined)) return 'updated';
      return (await change(id, changes)) === 'written' ? 'updated' : 'ended';
    },
    async enter(id, state, at, decided = {}) {
      const set = assignments({ ...decided, state, stateSince: at });
      const entered = await table.update(key(id), {
        UpdateExpression: `${set.UpdateExpression}, #phases = list_append(if_not_exists(#phases, :none), :phase)`,
        ConditionExpression: 'attribute_exists(pk) AND #outcome = :null AND #state <> :state',
        ExpressionAttributeNames: { ...set.ExpressionAttributeNames, ...notEnded.name, '#phases': 'phases' },
        ExpressionAttributeValues: {
          ...set.ExpressionAttributeValues,
          ...notEnded.value,
          ':none': [],
          ':phase': [{ state, at }],
        },
      });
      if (entered === 'written') return 'entered';
      return (await read(id))?.outcome === null ? 'already-there' : 'ended';
    },
    async end(id, { outcome, reason, at }, by = 'anybody') {
      const set = assignments({ outcome, reason, endedAt: at, state: 'ended', stateSince: at });
      const unreturned = by === 'anybody' ? '' : ' AND (attribute_not_exists(returnedBy) OR returnedBy = :null)';
      const ended = await table.update(key(id), {
        ...set,
        ConditionExpression: `attribute_exists(pk) AND #outcome = :null${unreturned}`,
        ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ...notEnded.value },
      });
      if (ended === 'written') return { kind: 'ended' };
      const known = await read(id);
      if (known?.outcome == null && known?.returnedBy != null)
        return { kind: 'returned-by', operation: known.returnedBy };
      return { kind: 'already-ended', outcome: known?.outcome ?? outcome };
    },
    async markAnchored(id, at) {
      await table.update(key(id), { ...assignments({ anchoredAt: at }), ConditionExpression: 'attribute_exists(pk)' });
    },
  };
}
