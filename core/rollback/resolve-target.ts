import type { Instant } from '../../contracts/instant.ts';
import { lastKnownGood } from '../../contracts/trigger.ts';

/** A release that was once live and good. */
export interface GoodRelease {
  readonly version: string;
  readonly digest: string;
  /** When its deployment succeeded. */
  readonly succeededAt: Instant;
}

/** A release that may not be deployed until a person releases the hold (I6). */
export interface ReleaseHold {
  readonly digest: string;
  readonly reason: string;
}

export type ResolvedTarget<R> =
  | { kind: 'found'; release: R }
  | { kind: 'held'; reason: string }
  | { kind: 'already-live' }
  /** Never live and good, or nothing is left to go back to. */
  | { kind: 'unknown' };

/** The releases that a person may go back to: those that were live and good, are not live now, and are not on hold; the newest first. */
export function possibleTargets<R extends GoodRelease>(
  history: readonly R[],
  holds: readonly Pick<ReleaseHold, 'digest'>[],
  liveDigest: string | null,
): readonly R[] {
  const held = new Set(holds.map(({ digest }) => digest));
  return history
    .filter(({ digest }) => digest !== liveDigest && !held.has(digest))
    .toSorted((a, b) => b.succeededAt - a.succeededAt);
}

/**
 * Finds the release to which a person wants to go back: a version that was live and good before and is not on hold (I3, I6), or
 * `last-known-good`, the newest such other than the live one.
 */
export function resolveTarget<R extends GoodRelease>(
  version: string,
  history: readonly R[],
  holds: readonly ReleaseHold[],
  liveDigest: string | null,
): ResolvedTarget<R> {
  if (version === lastKnownGood) {
    const [release] = possibleTargets(history, holds, liveDigest);
    return release ? { kind: 'found', release } : { kind: 'unknown' };
  }
  const ofVersion = history.filter((one) => one.version === version).toSorted((a, b) => b.succeededAt - a.succeededAt);
  const [newest] = ofVersion;
  if (newest === undefined) return { kind: 'unknown' };
  if (ofVersion.some(({ digest }) => digest === liveDigest)) return { kind: 'already-live' };
  // Another image of the same version may not be on hold.
  const [release] = possibleTargets(ofVersion, holds, liveDigest);
  if (release !== undefined) return { kind: 'found', release };
  return { kind: 'held', reason: holds.find(({ digest }) => digest === newest.digest)?.reason ?? 'no reason is known' };
}
