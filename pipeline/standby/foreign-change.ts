import type { EnvironmentBranch } from '../../adapters/gitops/environment-branch.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { ForeignChange } from '../../contracts/records/branch.ts';
import type { BranchPlace } from '../../core/gitops/foreign-words.ts';

/** Where an environment's branch is, and what it is called. */
export const placeOf = (service: ServiceConfiguration, environment: EnvironmentName): BranchPlace => ({
  service: service.name,
  environment,
  repository: service.gitops.repository,
  branch: service.environments[environment].branch,
});

/** What stands on a branch beyond the commit that Sluice would build on; null for that: nobody has said which one it is. */
export async function readForeignChange(
  branch: Pick<EnvironmentBranch, 'readChanges'>,
  place: BranchPlace,
  { base, head, operation, at }: Pick<ForeignChange, 'base' | 'head' | 'operation' | 'at'>,
): Promise<ForeignChange> {
  const nothing = { status: 'unknown', commits: [], files: [], more: true } as const;
  const changes = base === null ? nothing : await branch.readChanges(place, { base, head });
  return { ...changes, base, head, operation, at };
}
