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
  /** Never live and good, or nothing is left to go back to. `known`: the versions there are. */
  | { kind: 'unknown'; known: readonly string[] };

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
  const newestFirst = history.toSorted((a, b) => b.succeededAt - a.succeededAt);
  const holdOf = (release: R) => holds.find(({ digest }) => digest === release.digest);
  const others = newestFirst.filter(({ digest }) => digest !== liveDigest);
  const known = [...new Set(others.map((release) => release.version))];
  if (version === lastKnownGood) {
    const release = others.find((one) => !holdOf(one));
    return release ? { kind: 'found', release } : { kind: 'unknown', known };
  }
  const release = newestFirst.find((one) => one.version === version);
  if (!release) return { kind: 'unknown', known };
  if (release.digest === liveDigest) return { kind: 'already-live' };
  const hold = holdOf(release);
  return hold ? { kind: 'held', reason: hold.reason } : { kind: 'found', release };
}
