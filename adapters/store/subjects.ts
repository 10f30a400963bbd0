import {
  changesRecordSchema,
  type ReleaseChanges,
  type Subject,
  subjectRecordSchema,
} from '../../contracts/records/subject.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

/** What approvers decide on (I3). */
export interface Subjects {
  /** What changes with an operation's release, as it was gathered last. */
  putChanges(operation: string, changes: ReleaseChanges): Promise<void>;
  changes(operation: string): Promise<ReleaseChanges | null>;
  /** Keeps a subject under its own hash: it is written once and never changed. */
  put(operation: string, hash: string, subject: Subject): Promise<void>;
  read(operation: string, hash: string): Promise<Subject | null>;
}

const subjectKey = (operation: string, hash: string) => ({ pk: `SUBJECT#${operation}`, sk: `SUBJECT#${hash}` });
const changesKey = (operation: string) => ({ pk: `CHANGES#${operation}`, sk: 'CHANGES' });

export function createSubjects(table: Table): Subjects {
  return {
    async putChanges(operation, since) {
      await table.put(changesKey(operation), { since });
    },
    changes: async (operation) =>
      readIfThere(changesRecordSchema, await table.get(changesKey(operation)))?.since ?? null,
    async put(operation, hash, subject) {
      await table.put(subjectKey(operation, hash), { subject }, { expression: 'attribute_not_exists(pk)' });
    },
    read: async (operation, hash) =>
      readIfThere(subjectRecordSchema, await table.get(subjectKey(operation, hash)))?.subject ?? null,
  };
}
