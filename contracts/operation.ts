import type { EnvironmentName, Weights } from './names.ts';
import type { Trigger } from './trigger.ts';

/** What an operation does: carry a release in, take one back, or move the traffic by hand. */
export type OperationKind = 'deployment' | 'rollback' | 'switch-traffic';

/**
 * Every way an operation can end (I5: exactly one of them). `succeeded` is the only one in which the target keeps the traffic; a switch
 * by hand that its own person sent back has succeeded too, with the traffic where it was.
 */
export const outcomes = [
  'succeeded',
  'failed-validation',
  'rejected',
  'expired',
  'superseded',
  'window-closed',
  'failed',
  'rolled-back',
  'aborted',
  'frozen',
] as const;
export type Outcome = (typeof outcomes)[number];

/** Where an operation stands, for people; the state machine's own position is the execution's. */
export const operationStates = [
  'gathering-evidence',
  'validating',
  'awaiting-approval',
  'awaiting-window',
  'rechecking',
  'awaiting-lock',
  'preparing-standby',
  'deploying',
  'syncing',
  'verifying-standby',
  'shifting-traffic',
  'keeping-split',
  'baking',
  'validating-result',
  'returning-traffic',
  'verifying-return',
  'diagnosing',
  'cleaning-up',
  'finalizing',
  'ended',
] as const;
export type OperationState = (typeof operationStates)[number];

/** What is known of the release that an operation is about. */
export interface ReleaseReference {
  readonly version: string;
  readonly commit: string;
  /** `sha256:…` of the image. */
  readonly digest: string;
}

/** One check as people see it. */
export interface CheckResult {
  readonly name: string;
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
  readonly at: string;
}

/** Where a person wants the traffic during a switch by hand; another request replaces it. */
export interface DesiredSplit {
  /** Percent on the target; 0: everything back on the origin. */
  readonly weight: number;
  /** A split is sent back at this instant (rule 5); all the traffic on the target stays there once it is judged good. */
  readonly until: string;
  readonly actor: string;
  readonly reason: string;
}

/** What is remembered of an operation. Times are ISO 8601. */
export interface OperationRecord {
  readonly id: string;
  readonly kind: OperationKind;
  readonly service: string;
  readonly trigger: Trigger;
  /** Who or what asked for it: a person's mail, a GitHub login, `alertmanager`, `sluice`. */
  readonly actor: string;
  readonly executionArn: string;
  readonly startedAt: string;
  /** The instant at which the operation is over even if its execution no longer runs (rule 5). */
  readonly deadline: string;
  readonly state: OperationState;
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly endedAt: string | null;
  /** When its audit's head was put where nobody can change it; null before that, and where no audit is anchored. */
  readonly anchoredAt: string | null;
  readonly release: ReleaseReference | null;
  /** What was live when it was last looked at, read from the cluster (rule 8). */
  readonly live: { readonly version: string; readonly digest: string; readonly environment: EnvironmentName } | null;
  /** Set when the route is claimed. */
  readonly origin: EnvironmentName | null;
  readonly target: EnvironmentName | null;
  readonly epoch: number | null;
  /** Pods of the origin before the shift: it keeps them (I8). */
  readonly originReplicas: number | null;
  /** The commit on the target's environment branch, and the one that it replaced. */
  readonly gitCommit: string | null;
  /** When the first weight was about to rise on the target; null means it never had traffic. */
  readonly shiftedAt: string | null;
  /** Weights as last seen or written by this operation. */
  readonly weights: Weights | null;
  readonly checks: readonly CheckResult[];
  /** Set for a switch by hand only. */
  readonly desired: DesiredSplit | null;
  /** State of the running judgement, carried from tick to tick. */
  readonly judgement: unknown;
  /** When the state that waits now began, so that deadlines outlive an execution. */
  readonly stateSince: string;
  /** When it first found the lock held; null while it never had to wait. */
  readonly lockAwaitedSince: string | null;
  /** The operation that this one returns (a rollback), or that returned this one. */
  readonly related: string | null;
  /** The operation that took its lock to return its traffic: from then on its own execution cannot end it any more (I12). */
  readonly returnedBy: string | null;
  /** Who asked to end it early, and why. */
  readonly abort: { readonly actor: string; readonly reason: string } | null;
  /** Why the shift does not go on for now (I7); null when it does. */
  readonly pausedBecause: string | null;
  /** Since when; a pause has a deadline too (I11). */
  readonly pausedAt: string | null;
  /** What others have changed meanwhile, each recorded once, and `restored …` for what was put right once (rule 8). */
  readonly drifts: readonly string[];
  /** Findings about the failing side: events, logs, pod states. */
  readonly diagnosis: readonly string[];
}
