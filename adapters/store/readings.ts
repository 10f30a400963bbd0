import { type ReadingsRecord, readingsRecordSchema } from '../../contracts/records/readings.ts';
import { readIfThere } from './read-record.ts';
import { type ForgetAfter, firstAssignments, type Table } from './table.ts';

/** What both sides measured while an operation was judged, kept with it for people. */
export interface KeptReadings {
  read(operation: string): Promise<ReadingsRecord | null>;
  put(operation: string, record: ReadingsRecord): Promise<void>;
}

/** In the operation's own partition, which whoever judges may write already. It is no part of the index of operations. */
const key = (operation: string) => ({ pk: `OPERATION#${operation}`, sk: 'READINGS' });

/** @param forgetAfter null: they stay with their operation. */
export function createKeptReadings(table: Table, forgetAfter: ForgetAfter | null): KeptReadings {
  return {
    read: async (operation) => readIfThere(readingsRecordSchema, await table.get(key(operation))),
    async put(operation, { objectives, spacing, points }) {
      // An update, since whoever judges may create nothing in this partition by a put.
      const newest = points.at(-1);
      const expiresAt = forgetAfter === null || newest === undefined ? undefined : forgetAfter(newest.at);
      await table.update(key(operation), firstAssignments({ objectives, spacing, points, expiresAt }));
    },
  };
}
