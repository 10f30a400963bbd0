import type { OperationKind, Outcome } from '../../contracts/operation.ts';
import type { DesiredSplit } from '../../contracts/records/operation.ts';
import type { FailureCause } from '../../contracts/trigger.ts';

/** The fields of an operation that decide its outcome once its traffic is back. */
export interface ReturnedOperation {
  readonly kind: OperationKind;
  /** When its target first received traffic; null when it never did. */
  readonly shiftedAt: string | null;
  readonly desired: Pick<DesiredSplit, 'weight'> | null;
  readonly abort: object | null;
  /** What it brought in, and what was live before. */
  readonly release?: { readonly digest: string } | null;
  readonly live?: { readonly digest: string } | null;
}

/** Why it was returned. */
export interface ReturningTrigger {
  readonly kind: string;
  readonly cause?: FailureCause | undefined;
}

/** Whether the person who switched the traffic by hand wanted it back. */
export const wasSentBack = ({ kind, desired }: Pick<ReturnedOperation, 'kind' | 'desired'>): boolean =>
  kind === 'switch-traffic' && desired?.weight === 0;

/** Whether a split by hand, or a pause, came to its deadline, which says nothing bad of any release. */
const hasExpired = ({ cause }: ReturningTrigger): boolean => cause === 'expired' || cause === 'undecided';

/** Whether a person ended it, whatever was found on the way. */
export const wasAborted = ({ abort }: Pick<ReturnedOperation, 'abort'>, { kind }: ReturningTrigger): boolean =>
  kind === 'abort' || abort !== null;

/** The one outcome of an operation whose traffic was returned (I5). A person's wish goes before what was found on the way. */
export function outcomeOfReturned(operation: ReturnedOperation, trigger: ReturningTrigger): Outcome {
  if (wasSentBack(operation)) return 'succeeded';
  if (wasAborted(operation, trigger)) return 'aborted';
  if (operation.kind === 'switch-traffic' && hasExpired(trigger)) return 'expired';
  return operation.shiftedAt === null ? 'failed' : 'rolled-back';
}

/** Both sides ran the same release: holding it would hold what serves. */
const isEqualSplit = ({ release, live }: ReturnedOperation): boolean =>
  release != null && live != null && release.digest === live.digest;

/** Whether a return says nothing bad of the release: nobody puts it on hold for that (I6). */
export const isBlameless = (operation: ReturnedOperation, trigger: ReturningTrigger): boolean =>
  isEqualSplit(operation) ||
  wasSentBack(operation) ||
  wasAborted(operation, trigger) ||
  hasExpired(trigger) ||
  trigger.cause === 'fault' ||
  trigger.cause === 'drift' ||
  trigger.kind === 'dead-execution';
