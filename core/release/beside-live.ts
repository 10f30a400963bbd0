import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { ReleaseOrder } from './order.ts';

export interface BesideLive {
  readonly release: Pick<ReleaseReference, 'version' | 'commit' | 'digest'>;
  readonly live: NonNullable<OperationRecord['live']>;
  /** Where the release is in Git, seen from what is live; `unknown` where Git does not know what is live. */
  readonly order: ReleaseOrder | 'unknown';
  /** Why a person declares that what is live is older; null when nobody does. */
  readonly declared: string | null;
  readonly repository: string;
}

export type BesideLiveDecision =
  | { kind: 'goes-ahead' }
  /** Git cannot tell, and a person has said it. */
  | { kind: 'declared' }
  /** `superseded`: what is live is newer. Else nobody can say, or it is there already. */
  | { kind: 'refused'; ending: 'superseded' | 'failed-validation'; reason: Reason };

/** Whether a release may take the place of what is live: only one that is ahead of it in Git, or of which a person says so where Git cannot. */
export function decideBesideLive({ release, live, order, declared, repository }: BesideLive): BesideLiveDecision {
  const refused = (
    why: string,
    {
      ending = 'failed-validation',
      advice = '',
    }: { ending?: 'superseded' | 'failed-validation'; advice?: string } = {},
  ): BesideLiveDecision => ({ kind: 'refused', ending, reason: because('ReleaseNotNewer', why, advice) });
  if (live.digest === release.digest) return refused(`${release.version} is live already, on ${live.environment}.`);
  if (order === 'newer' || order === 'same') return { kind: 'goes-ahead' };
  const what = `${release.version} (${release.commit.slice(0, 7)})`;
  if (order === 'older') {
    return refused(
      `${what} is older than the live ${live.version}; only a newer commit is deployed. Use a rollback to go back.`,
      { ending: 'superseded' },
    );
  }
  if (declared !== null) return { kind: 'declared' };
  const why =
    order === 'unknown'
      ? `${repository} does not know the live ${live.version}, so Sluice cannot say which is newer.`
      : `${what} has diverged from the live ${live.version}; only a newer commit is deployed.`;
  return refused(why, {
    advice: `If the live one is older, say so: sluice deploy --version ${release.version} --live-is-older "why"`,
  });
}
