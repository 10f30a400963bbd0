import type { DeploymentType } from '../../contracts/trigger.ts';

/** GitHub's word for where `head` is, seen from `base`. */
export type CompareStatus = 'ahead' | 'behind' | 'identical' | 'diverged';

/** Where a release is, seen from the one it competes with. Only a newer one may take its place (DESIGN §5, deployment). */
export type ReleaseOrder = 'newer' | 'older' | 'same' | 'diverged';

/** Translates a comparison with the other release's commit as `base` and this one's as `head`. */
export function decideOrder(status: CompareStatus): ReleaseOrder {
  const orders = { ahead: 'newer', behind: 'older', identical: 'same', diverged: 'diverged' } as const;
  return orders[status];
}

export interface BesideCandidate {
  /** What the release is deployed as, and what waits already. */
  readonly mine: DeploymentType;
  readonly other: DeploymentType;
  /** Where the release is in Git, seen from what waits; `unknown` where Git does not know that. */
  readonly order: ReleaseOrder | 'unknown';
  /** Whether the operation of what waits goes on. */
  readonly underWay: boolean;
}

/**
 * What becomes of two releases that both wait before the lock (docs/adr/0075). `supersedes`: this one takes the place of what waits. `behind`: it
 * has to stand back. `carried`: what waits is the same commit. `beside`: both go on, and Git says beside the live release whether the later one may
 * still go: so it is between a hotfix and a standard release of which neither contains the other.
 */
export function decideBesideCandidate({
  mine,
  other,
  order,
  underWay,
}: BesideCandidate): 'supersedes' | 'behind' | 'carried' | 'beside' {
  if (order === 'same' && underWay) return 'carried';
  if (mine === other) return order === 'older' || order === 'diverged' ? 'behind' : 'supersedes';
  // A release that contains the other makes it needless, unless that is a hotfix: its users do not wait for a release to be approved.
  if (mine === 'hotfix') return order === 'newer' || order === 'same' ? 'supersedes' : 'beside';
  return order === 'older' ? 'behind' : 'beside';
}
