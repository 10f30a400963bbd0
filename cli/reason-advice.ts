import type { ReasonCode } from '../contracts/reason-codes.ts';

/** What to do about each reason code, as in docs/runbooks/reason-codes.md: the on-call may have the command line and no documents. */
export const reasonAdvice: Readonly<Record<ReasonCode, string>> = {
  FrozenByPerson: '`sluice status` names the person: ask them. `sluice unfreeze` ends the freeze.',
  UnlockedByPerson: 'Check where the traffic is, move it to the healthy side, then `sluice unfreeze`.',
  ServiceFrozen: 'The message has the reason of the freeze with its own code: look up that one.',
  FenceLost:
    'Find out who writes the route (audit log of the cluster, `managedFields`), stop them, then `sluice unfreeze`.',
  ReturnUnverified:
    'The message says what failed: pods, a check, a metric. If the side with the traffic is not healthy, use `sluice break-glass`.',
  ReturnLate: 'The message says which pods are missing. Get them ready, or move the traffic with `sluice break-glass`.',
  ReturnFailed: 'The error name after the code says what refused. `sluice break-glass` needs only the cluster.',
  OriginCold:
    'Scale up the side that the traffic came from, then `sluice rollback --service SERVICE --version last-known-good --reason "…" --emergency`.',
  FreezeFailed: 'Run `sluice freeze` as soon as the database answers. Until then start no deployment.',
  ReturnAborted: 'The person who aborted it decides where the traffic goes. Then `sluice unfreeze`.',
  ReturnDied:
    'Check where the traffic is, and why the executions died (Step Functions, the log of the function). Then `sluice unfreeze`.',
  BothSidesBad:
    'Look at what both sides share: a database, another service, the load. Then move the traffic to the healthy side.',
  PauseUndecided:
    'Decide now: `sluice rollback --service SERVICE --version last-known-good --reason "…" --emergency`, or leave the traffic where it is and `sluice unfreeze`.',
  IrreversibleRelease: 'Decide: `sluice resume`, `sluice abort`, or a fix.',
  ReturnedByPerson: 'Nothing: the message has their reason.',
  ExecutionDied:
    '`sluice operation ID`, and the execution in the Step Functions console. Sluice tries the rollback once more by itself.',
  AlertOnTarget:
    'Nothing: the traffic is back, and the release is on hold. Find out why the alert fired before you release the hold.',
  AlertUnclear: 'Compare both sides (`sluice status`), then `sluice resume` or `sluice abort`.',
  AlertWithoutEffect: 'Nothing for Sluice. Look at the alert itself.',
  AlreadyReturning: 'Nothing: follow the operation that the message names.',
  ReturnOvertaken: 'Nothing: follow the operation that the message names.',
  DestinationUnknown:
    'Find out which side is healthy. `sluice break-glass --to blue` (or green) prints the patch that moves the traffic.',
  DestinationDoubtful:
    'Decide whether that release may have traffic. `sluice rollback --service SERVICE --version v2.1.0 --reason "…" --emergency` takes another one.',
  CleanUpFailed: 'The traffic is safe. The next deployment repairs the environment. The error says what went wrong.',
  RollbackRefused: 'The message lists the possible versions.',
  ObjectiveBroken:
    'The traffic is back, and the release is on hold. `sluice operation ID` has readings, events and logs.',
  AnswersFailing: 'As for `ObjectiveBroken`, but look at the logs of the pods first.',
  WorseThanOrigin: 'As for `ObjectiveBroken`. The message has the counts of both sides.',
  Inconclusive:
    'Check that there is traffic, and that the source of the metrics answers. `sluice doctor` checks every objective.',
  AlertFiring:
    'Handle the alert. The deployment continues when it is resolved. Otherwise `sluice resume` or `sluice abort`.',
  Unhealthy: 'The traffic is back. `sluice operation ID` has pods, events and logs.',
  StandbyUnhealthy: 'No user was affected. Look at the pods of the standby, then build a new version.',
  RolloutFailed: 'Look at the events of the pods: image, memory, quota, probes.',
  UnhealthyAfterBake: 'The traffic is back. The message names the check or the missing pods.',
  PostDeploymentFailed: 'The traffic is back. The message names the check of `postDeployment`.',
  CapacityLate: 'Find out why the pods are pending: quota, nodes, autoscaler. Nothing is on hold.',
  CapacityRefused:
    'Raise the maximum of the autoscaler, or repair its source of metrics (metrics-server). Then deploy again.',
  CapacityMissing: 'Wait, or find out which pods are not ready.',
  WindowClosed: 'Wait for the window in the message, or `sluice override-window` (admin).',
  LockHeld: 'Wait for the operation in the message, or `sluice abort` it.',
  LockWaitExpired: 'Find out why the operation in the message takes so long. Then deploy again.',
  Superseded: 'Nothing: follow the newer operation.',
  Rejected: 'The message has the approver’s reason.',
  ApprovalExpired: 'Deploy it again, and tell the approvers.',
  ApprovalUnfillable: 'Add people to the role in `sluice.yaml`.',
  Aborted: 'Nothing: the message has the person’s reason.',
  WeightsDrifted: 'The traffic is back. Find out who writes the route: `kubectl get … -o yaml --show-managed-fields`.',
  RouteGone: 'Restore the route from its repository. The alarm continues until it exists.',
  RouteNotOurs:
    'Remove what the message names: another route for the host, a mirror, or a rule before the weights. If it names rules of `traffic.rules`, give them the same weights and both sides again, or correct the names.',
  CapacityDrifted: 'Find out who else sets the replicas or the autoscaler.',
  ApplicationDrifted: 'Find out who else pins the Application. Only Sluice may do it.',
  TrafficSplit:
    'Move it to one side first: `sluice rollback --service SERVICE --version last-known-good --reason "…" --emergency`.',
  SwitchRefused: 'The message names the rule: weights, approval, hold, health.',
  SplitEnded: 'Nothing: this was planned.',
  SentBack: 'Nothing: the message has their reason.',
  PauseExpired: 'The traffic is back. The message says why it was paused.',
  AskedAfterStep: 'Compare both sides, then `sluice resume` or `sluice abort`.',
  NotReady: 'The message says which side, and what is missing.',
  RightsMissing:
    'Apply what `sluice cluster-roles CLUSTER` prints. `sluice doctor` shows whether an access entry gives the function the wrong group.',
  ReleaseOnHold: 'Find out why it is on hold. If the release was not the cause: `sluice release-hold`.',
  ReleaseUnknown: 'Look at the run on GitHub: branch, workflow, conclusion, artifact `sluice-release`.',
  ReleaseChanged:
    'Something was built or tagged again. Deploy the version again, so that it is validated and approved as it is now.',
  ReleaseNotNewer: 'Use `sluice rollback` to go back. If the live release is older, say so with `--live-is-older`.',
  ValidationFailed: 'Each check says what is missing, with a link.',
  EvidenceLate: 'Find out what still runs on GitHub, or what staging’s metrics lack, then deploy again.',
  ContributorsUnreadable: 'Deploy a version in between, or write a rule with `when: too-many-commits`.',
  BranchChangedElsewhere: '`sluice branch show`, then `sluice branch reset` or `sluice branch propose`.',
  NotApproved: 'Nothing was changed. If nobody can explain it, treat it as an attack: docs/security.md.',
  SyncFailed: 'Look at the Application: `status.operationState.message`.',
  SyncLate: 'The message says what Sluice waited for: Argo CD, the Deployment, an autoscaler.',
  StaleHolder: 'Nothing: the older operation stops, and the newer one continues.',
  LockLost: 'Nothing: the newer operation continues.',
  WriteConflict:
    'For a command: the message has the actual state (`sluice operation`). Run it again if you still want it.',
  DeadlineExceeded: 'The message says what Sluice waited for.',
  TaskFailed: 'Read the log of the function that the error names.',
  UnknownOutcome: 'Finish the upgrade if it is incomplete. Then `sluice resume` or `sluice abort`.',
  StateMissing: 'This is a bug of Sluice, or somebody edited the record: `sluice audit verify`.',
  StandbyKept: 'Nothing, unless the standby stays warm for days. The message names the cause.',
  Unclassified: 'Read the message, and search for its words.',
  DependencyUnavailable:
    'The message names the service. Sluice retries. Look at the service’s status page and at the network.',
  DependencyRefused: 'The message names the service and what it refused. Check the role, the token or the policy.',
  DatabaseAway: 'The traffic does not depend on it. Sluice catches up when the database answers.',
  InternalError: 'Search the logs for the request id.',
  UnreadableRecord: 'The message has the key of the record, and what is wrong in it.',
  OnlyObserved:
    'Do it with that pipeline, or install `sluice.yaml` with `mode: deploy` first (docs/from-argo-rollouts.md, docs/from-flagger.md).',
  WouldSucceed: 'Nothing. `sluice operation ID` shows what Sluice saw.',
  NothingObserved:
    'Check that it was deployed at all. `environments.*.backend` has to name the Services that its route sends traffic to, and its pods have to run the image of `release.json`.',
  NotFound: 'Check the spelling. The message says what exists.',
  InvalidInput: 'Each problem has its path.',
  InvalidConfiguration: '`sluice validate` lists them.',
  NotAllowed: 'Check `people` and `roles` of `sluice.yaml`, or the token.',
  TooLarge: 'Send less.',
};
