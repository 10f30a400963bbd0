import type { Store } from '../../adapters/store/store.ts';
import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Instant } from '../../contracts/instant.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import { note, sluice } from '../operation/audited.ts';

const action = 'fence-lost';

/** Whether the route's annotation was removed or damaged after Sluice had adopted the route (DESIGN §5, the fence). */
export const isFenceLost = ({ fence }: Pick<LiveRoute, 'fence'>, { adopted }: Pick<LockRecord, 'adopted'>): boolean =>
  fence === null && adopted === 'before';

/** Remembers, before a return writes a new fence, that it found none: nobody could see it afterwards. */
export const noteFenceLost = (
  deps: { readonly store: Pick<Store, 'audit'>; readonly now: () => Instant },
  operation: string,
  { weights, damaged }: LiveRoute,
): Promise<void> =>
  note(deps, {
    operation,
    action,
    actor: sluice,
    reason: 'The fence annotation of the route was removed or damaged; the service freezes once its traffic is back.',
    details: { found: damaged, live: weights },
  });

/** What a person is told of a return that found the fence lost; null when it did not. */
export async function fenceLostBefore(
  { store }: { readonly store: Pick<Store, 'audit'> },
  operation: string,
): Promise<Reason | null> {
  const entries = await store.audit.list(operation);
  if (!entries.some((entry) => entry.action === action)) return null;
  return because(
    'FenceLost',
    'The fence annotation of the route was removed by somebody else. All the traffic is on one side, and a new fence is written; nothing changes until a person has found out who writes this route.',
  );
}
