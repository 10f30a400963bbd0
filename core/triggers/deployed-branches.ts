import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { isOfPattern, mergeQueueFolder } from '../../contracts/configuration/trigger.ts';

type Branches = Pick<ServiceConfiguration['trigger'], 'branch' | 'hotfixBranches' | 'mergeQueue'>;

/** `queue`: a branch of GitHub's merge queue for the deployed branch, on which nobody else can write. */
export type DeployedBranch = 'main' | 'hotfix' | 'queue';

/** What a branch is for deployments; null for one that is not deployed. */
export function deployedBranch(
  { branch, hotfixBranches, mergeQueue }: Branches,
  name: string | null,
): DeployedBranch | null {
  if (name === null) return null;
  if (name === branch) return 'main';
  const queued = name.startsWith(`${mergeQueueFolder}${branch}/`)
    ? name.slice(mergeQueueFolder.length + branch.length + 1)
    : '';
  if (/^pr-\d+-[0-9a-f]{40}$/.test(queued)) return mergeQueue ? 'queue' : null;
  return hotfixBranches.some((pattern) => isOfPattern(pattern, name)) ? 'hotfix' : null;
}

/** The branches from which releases come, for people: `main, its merge queue or hotfix/**`. */
export const deployedBranchWords = ({ branch, hotfixBranches, mergeQueue }: Branches): string =>
  [branch, ...(mergeQueue ? ['its merge queue'] : []), ...hotfixBranches].join(', ').replace(/, ([^,]+)$/, ' or $1');
