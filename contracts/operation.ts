/** What an operation does: carry a release in, take one back, move the traffic by hand, or watch another pipeline carry one in. */
export const operationKinds = ['deployment', 'rollback', 'switch-traffic', 'observation'] as const;
export type OperationKind = (typeof operationKinds)[number];

/**
 * Every way an operation can end (I5: exactly one of them). `succeeded` is the only one in which the target keeps the traffic; a switch
 * by hand that its own person sent back has succeeded too, with the traffic where it was. An observation ends as what a deployment would have
 * come to, as `inconclusive`, or as `expired` or `aborted`.
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
  'would-succeed',
  'would-roll-back',
  'would-refuse',
  'inconclusive',
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
  'observing',
  'ended',
] as const;
export type OperationState = (typeof operationStates)[number];
