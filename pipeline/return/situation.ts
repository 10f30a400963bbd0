import type { OperationsWithGaps } from '../../adapters/store/operations.ts';
import type { Store } from '../../adapters/store/store.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { parseInstant } from '../../contracts/instant.ts';
import type { LockRecord } from '../../contracts/records/lock.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import { identityOf } from '../../contracts/release.ts';
import type { RollbackTrigger } from '../../contracts/trigger.ts';
import type { KnownGood } from '../../core/rollback/emergency-target.ts';
import { lastMove } from '../../core/rollback/last-move.ts';
import type { KnownSituation } from '../../core/rollback/plan-return.ts';

/** What the database knows at the moment of a rescue. */
export interface Situation extends KnownSituation {
  readonly lock: LockRecord;
}

/**
 * The list may be older than the lock: an operation that has freed it since still looks open there, and would not count as what was
 * deployed last. Its own record says how it ended.
 */
async function catchUp(store: Store, recent: OperationsWithGaps, lock: LockRecord): Promise<OperationsWithGaps> {
  const open =
    lock.holder === null
      ? recent.operations.find(({ outcome, epoch }) => outcome === null && epoch !== null && epoch === lock.epoch)
      : undefined;
  const ended = open === undefined ? null : await store.operations.read(open.id);
  if (ended === null) return recent;
  return { ...recent, operations: recent.operations.map((one) => (one.id === ended.id ? ended : one)) };
}

/** What cannot be read and is older than the last move changes nothing; what is newer may have been the last move itself. */
function lastMoveOf({ operations, unreadable }: OperationsWithGaps, own: string): KnownSituation['lastMove'] {
  const last = lastMove(operations.filter(({ id }) => id !== own));
  const isGap = unreadable.some((id) => id !== own && (last === null || id > last.id));
  return isGap ? 'unreadable' : last;
}

/** The releases that were live and good (I3). */
export const goodReleases = (records: readonly ReleaseRecord[]): KnownGood[] =>
  records.flatMap(({ release, succeededAt }) =>
    succeededAt === null ? [] : [{ ...identityOf(release), succeededAt: parseInstant(succeededAt) }],
  );

export async function readSituation(
  store: Store,
  service: ServiceConfiguration,
  id: string,
  trigger?: RollbackTrigger,
): Promise<Situation> {
  const asksForGood = trigger?.kind === 'alert' || trigger?.kind === 'person';
  const [lock, own, recent, holds, alert, releases] = await Promise.all([
    store.locks.read(service.name),
    store.operations.read(id),
    store.operations.listWithGaps(service.name, 20),
    store.releases.holds(service.name),
    trigger?.kind === 'alert' ? store.alerts.read(service.name, trigger) : null,
    asksForGood ? store.releases.list(service.name) : [],
  ]);
  const running = lock.holder === null ? null : lock.holder === id ? own : await store.operations.read(lock.holder);
  // A return that is repeated holds the lock itself: what it returns is what has the release.
  const returned = running?.kind === 'rollback' ? running.related : null;
  const bringing = returned === null ? running : await store.operations.read(returned);
  const release = bringing?.kind === 'deployment' ? bringing.release : null;
  const known = release === null ? null : await store.releases.read(service.name, release.digest);
  return {
    lock,
    running,
    own,
    lastMove: lastMoveOf(await catchUp(store, recent, lock), id),
    holds,
    good: goodReleases(releases),
    irreversible: known?.release.reversible === false ? (bringing?.target ?? null) : null,
    alert,
  };
}
