import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import { type BesideLiveDecision, decideBesideLive } from '../../core/release/beside-live.ts';
import { decideOrder, type ReleaseOrder } from '../../core/release/order.ts';
import type { ReleaseDeps } from '../ports.ts';
import { commitOfLive } from './adopt-live.ts';

/** A release beside what is live now. */
export interface WithLive {
  readonly release: Pick<ReleaseReference, 'version' | 'commit' | 'digest'>;
  readonly live: OperationRecord['live'];
  /** Why a person declares that what is live is older, where Git cannot tell. */
  readonly declared: string | null;
}

/** Whether a release may take the place of what is live, and where Git has it, seen from there. Asked by a deployment, and by a plan of one. */
export async function compareWithLive(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  { release, live, declared }: WithLive,
): Promise<{ readonly decision: BesideLiveDecision; readonly order: ReleaseOrder | 'unknown' | null }> {
  if (live === null) return { decision: { kind: 'goes-ahead' }, order: null };
  const { repository } = service;
  const order = await orderInGit(deps, service, { release, live });
  return { decision: decideBesideLive({ release, live, order, declared, repository }), order };
}

async function orderInGit(
  deps: Pick<ReleaseDeps, 'source' | 'store'>,
  service: ServiceConfiguration,
  { release, live }: { readonly release: WithLive['release']; readonly live: NonNullable<WithLive['live']> },
): Promise<ReleaseOrder | 'unknown'> {
  if (live.digest === release.digest) return 'same';
  const base = await commitOfLive(deps, service, live);
  const comparison = base === null ? null : await deps.source.compare(service.repository, base, release.commit);
  return comparison === null ? 'unknown' : decideOrder(comparison.status);
}
