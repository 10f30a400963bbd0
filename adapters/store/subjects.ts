import {
  changesRecordSchema,
  type Gathered,
  type Subject,
  subjectRecordSchema,
} from '../../contracts/records/subject.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

/** What approvers decide on (I3). */
export interface Subjects {
  /** What changes with an operation's release and who took part, as it was gathered last: only the function that reads CI may write it. */
  putGathered(operation: string, gathered: Gathered): Promise<void>;
  gathered(operation: string): Promise<Gathered | null>;
  /** Keeps a subject under its own hash: it is written once and never changed. */
  put(operation: string, hash: string, subject: Subject): Promise<void>;
  read(operation: string, hash: string): Promise<Subject | null>;
}

const subjectKey = (operation: string, hash: string) => ({ pk: `SUBJECT#${operation}`, sk: `SUBJECT#${hash}` });
const changesKey = (operation: string) => ({ pk: `CHANGES#${operation}`, sk: 'CHANGES' });

export function createSubjects(table: Table): Subjects {
  return {
    async putGathered(operation, gathered) {
      await table.put(changesKey(operation), gathered);
    },
    gathered: async (operation) => readIfThere(changesRecordSchema, await table.get(changesKey(operation))),
    async put(operation, hash, subject) {
      await table.put(subjectKey(operation, hash), { subject }, { expression: 'attribute_not_exists(pk)' });
    },
    read: async (operation, hash) =>
      readIfThere(subjectRecordSchema, await table.get(subjectKey(operation, hash)))?.subject ?? null,
  };
}
