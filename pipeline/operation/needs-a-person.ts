import type { Instant } from '../../contracts/instant.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { CommonDeps } from '../ports.ts';

/** What about a service needs a person, whatever else is going on. */
export interface NeedsAPerson {
  /** Whether the service is frozen: no deployment begins until a person ends the freeze. */
  readonly frozen: boolean;
  /** Operations that are beyond their deadline and have no outcome, or still hold the lock (I5, I11). */
  readonly stuck: readonly string[];
  /** The lock as it was read for it. */
  readonly lock: LockRecord;
}

/** The newest operations that are asked about; older ones were superseded long ago or hold the lock. */
const recent = 20;

/** Reads it from the records alone: the freeze, the lock and the newest operations. */
export async function needsAPerson(
  { store }: Pick<CommonDeps, 'store'>,
  service: string,
  now: Instant,
): Promise<NeedsAPerson> {
  const [freeze, lock, operations] = await Promise.all([
    store.releases.frozen(service),
    store.locks.read(service),
    store.operations.list(service, recent),
  ]);
  const isLate = (deadline: string | null) => deadline !== null && Date.parse(deadline) < now;
  const stuck = new Set(
    operations.filter(({ outcome, deadline }) => outcome === null && isLate(deadline)).map(({ id }) => id),
  );
  if (lock.holder !== null && isLate(lock.deadline)) stuck.add(lock.holder);
  return { frozen: freeze !== null, stuck: [...stuck], lock };
}
