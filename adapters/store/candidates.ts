import { type Candidate, candidateSchema } from '../../contracts/records/candidate.ts';
import type { DeploymentType } from '../../contracts/trigger.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

/** Who waits before the lock, by service: the newest release has the place `standard`, the newest hotfix the place `hotfix`. */
export interface Candidates {
  read(service: string, place: DeploymentType): Promise<Candidate | null>;
  /** Takes a place instead of the one that was seen (`null`: nobody). A lost race answers `changed`. */
  replace(
    service: string,
    place: DeploymentType,
    seen: Candidate | null,
    next: Candidate,
  ): Promise<'replaced' | 'changed'>;
  /** Steps down from wherever this operation still is the candidate. */
  withdraw(service: string, operation: string): Promise<void>;
}

const key = (service: string, place: DeploymentType) => ({
  pk: `CANDIDATE#${service}`,
  sk: place === 'hotfix' ? 'HOTFIX' : 'CANDIDATE',
});

export function createCandidates(table: Table): Candidates {
  return {
    async read(service, place) {
      const candidate = readIfThere(candidateSchema, await table.get(key(service, place)));
      return candidate?.operation === '' ? null : candidate;
    },
    async replace(service, place, seen, next) {
      const written = await table.put(
        key(service, place),
        next,
        seen === null
          ? { expression: 'attribute_not_exists(pk) OR operation = :nobody', values: { ':nobody': '' } }
          : { expression: 'operation = :seen', values: { ':seen': seen.operation } },
      );
      return written === 'written' ? 'replaced' : 'changed';
    },
    async withdraw(service, operation) {
      const stepDown = (place: DeploymentType) =>
        table.update(key(service, place), {
          UpdateExpression: 'SET operation = :nobody',
          ConditionExpression: 'operation = :operation',
          ExpressionAttributeValues: { ':nobody': '', ':operation': operation },
        });
      await Promise.all([stepDown('standard'), stepDown('hotfix')]);
    },
  };
}
