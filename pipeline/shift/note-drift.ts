import type { Store } from '../../adapters/store/store.ts';
import type { Instant } from '../../contracts/instant.ts';
import { note, sluice } from '../operation/audited.ts';

/** Something that Sluice wrote and that somebody else has changed since. */
export interface DriftSeen {
  readonly operation: string;
  /** `weights`, `fence`, `route`, `minReplicas of green`, `branch env/green`: names the thing to people. */
  readonly what: string;
  /** As Sluice left it; null when that is not known any more. */
  readonly before: unknown;
  /** As it was found; null when it is gone. */
  readonly after: unknown;
  readonly reason: string;
}

/** Records drift with what was there before and what was found (rule 8). What follows from it is the caller's to decide. */
export const noteDrift = (
  deps: { readonly store: Pick<Store, 'audit'>; readonly now: () => Instant },
  { operation, reason, ...details }: DriftSeen,
): Promise<void> => note(deps, { operation, action: 'drift', actor: sluice, reason, details });

/** As `noteDrift`, once for each reason in an operation: what stands as it was found is not told at every look. */
export async function noteDriftOnce(
  deps: { readonly store: Pick<Store, 'audit' | 'operations'>; readonly now: () => Instant },
  drift: DriftSeen,
): Promise<void> {
  const drifts = (await deps.store.operations.read(drift.operation))?.drifts ?? [];
  if (drifts.includes(drift.reason)) return;
  await noteDrift(deps, drift);
  await deps.store.operations.update(drift.operation, { drifts: [...drifts, drift.reason] });
}
