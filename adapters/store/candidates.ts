import { type Candidate, candidateSchema } from '../../contracts/records/candidate.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

export interface Candidates {
  read(service: string): Promise<Candidate | null>;
  /** Becomes the candidate in place of the one that was seen (`null`: nobody). A lost race answers `changed`. */
  replace(service: string, seen: Candidate | null, next: Candidate): Promise<'replaced' | 'changed'>;
  /** Steps down, if this operation still is the candidate. */
  withdraw(service: string, operation: string): Promise<void>;
}

const key = (service: string) => ({ pk: `CANDIDATE#${service}`, sk: 'CANDIDATE' });

export function createCandidates(table: Table): Candidates {
  return {
    async read(service) {
      const candidate = readIfThere(candidateSchema, await table.get(key(service)));
      return candidate?.operation === '' ? null : candidate;
    },
    async replace(service, seen, next) {
      const written = await table.put(
        key(service),
        next,
        seen === null
          ? { expression: 'attribute_not_exists(pk) OR operation = :nobody', values: { ':nobody': '' } }
          : { expression: 'operation = :seen', values: { ':seen': seen.operation } },
      );
      return written === 'written' ? 'replaced' : 'changed';
    },
    async withdraw(service, operation) {
      await table.update(key(service), {
        UpdateExpression: 'SET operation = :nobody',
        ConditionExpression: 'operation = :operation',
        ExpressionAttributeValues: { ':nobody': '', ':operation': operation },
      });
    },
  };
}
