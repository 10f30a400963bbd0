import type { EnvironmentName } from '../../contracts/names.ts';
import {
  type BranchDecision,
  type BranchRecord,
  branchDecisionSchema,
  branchRecordSchema,
} from '../../contracts/records/branch.ts';
import { readIfThere } from './read-record.ts';
import type { Table } from './table.ts';

/**
 * What Sluice has written on the environments' branches, and what people have decided about what others wrote there. Each has a
 * partition of its own, since one is written by `act` alone and the other by `api-operate` alone (I13).
 */
export interface Branches {
  /** An empty record where there is none yet. */
  read(service: string, environment: EnvironmentName): Promise<BranchRecord>;
  /** Writes on top of exactly what was read; a lost race answers `changed`. */
  replace(
    service: string,
    environment: EnvironmentName,
    seen: BranchRecord,
    changes: Partial<Omit<BranchRecord, 'revision'>>,
  ): Promise<BranchRecord | 'changed'>;
  /** The newest decision; it is about one head only, and void for every other. */
  decision(service: string, environment: EnvironmentName): Promise<BranchDecision | null>;
  decide(service: string, environment: EnvironmentName, decision: BranchDecision): Promise<void>;
}

const key = (service: string, environment: EnvironmentName) => ({ pk: `BRANCH#${service}`, sk: environment });
const decisionKey = (service: string, environment: EnvironmentName) => ({
  pk: `BRANCHDECISION#${service}`,
  sk: environment,
});
const empty: BranchRecord = branchRecordSchema.parse({ revision: 0 });

export function createBranches(table: Table): Branches {
  return {
    read: async (service, environment) =>
      readIfThere(branchRecordSchema, await table.get(key(service, environment))) ?? empty,
    async replace(service, environment, seen, changes) {
      const next = { ...seen, ...changes, revision: seen.revision + 1 };
      const written = await table.put(key(service, environment), next, {
        expression: seen.revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :seen',
        ...(seen.revision === 0 ? {} : { values: { ':seen': seen.revision } }),
      });
      return written === 'written' ? next : 'changed';
    },
    decision: async (service, environment) =>
      readIfThere(branchDecisionSchema, await table.get(decisionKey(service, environment))),
    async decide(service, environment, decision) {
      await table.put(decisionKey(service, environment), decision);
    },
  };
}
