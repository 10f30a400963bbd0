import type { SluiceErrorName } from './errors.ts';

/** What a code means, and its page in docs/runbooks. */
export interface ReasonMeaning {
  /** A page in docs/runbooks, without `.md`. */
  readonly runbook: string;
  /** In one sentence, for whoever meets the code for the first time. */
  readonly means: string;
}

const list = <const Code extends string>(runbook: string, meanings: Readonly<Record<Code, string>>) =>
  Object.fromEntries(Object.entries<string>(meanings).map(([code, means]) => [code, { runbook, means }])) as Readonly<
    Record<Code, ReasonMeaning>
  >;

/**
 * Every code of a freeze, a failure, a return of traffic and a refusal, by its runbook. It is in brackets in the text that people read, and
 * docs/runbooks/reason-codes.md says what to do. A code is never renamed: people and their alarms search for it.
 */
export const reasonCodes = {
  ...list('frozen-service', {
    FrozenByPerson: 'A person froze the service.',
    UnlockedByPerson:
      'A person freed the lock of a rollback that was running or had died. Somebody has to check where the traffic is.',
    ServiceFrozen: 'The service is frozen, so no deployment begins on it. Alerts and emergencies still return traffic.',
    FenceLost: 'Somebody else removed or damaged the fence annotation of the route.',
    ReturnUnverified:
      'The traffic went back, but Sluice could not verify in time that the side that has it is healthy.',
    ReturnLate: 'The side that should get the traffic back was not ready before the deadline of the rollback.',
    ReturnFailed: 'Sluice could not move the traffic back.',
    OriginCold:
      'The traffic stays where it is: no rollback could be started, and the side that it came from has no ready pods.',
    FreezeFailed:
      'Sluice could not freeze the service, because the database did not accept it. Nothing stops the next deployment.',
    ReturnAborted: 'A person aborted a running rollback. The traffic stays where it was at that moment.',
    ReturnDied: 'The rollback died, and so did its second attempt.',
    BothSidesBad: 'Both sides are bad. The traffic is on the less bad one.',
    PauseUndecided:
      'Nobody decided about a pause before its deadline, and Sluice does not know whether the side that the traffic came from is good.',
    IrreversibleRelease:
      'The release failed, but Sluice may not roll it back without a person, because its data does not fit the former version.',
  }),
  ...list('failing-return', {
    ReturnedByPerson: 'A person returned the traffic.',
    ExecutionDied:
      'An execution ended without an outcome: Step Functions stopped it, or every state that could have handled its error failed.',
    AlertOnTarget: 'An alert fired about the side that had just got traffic.',
    AlertUnclear:
      'An alert fired that does not say which side is bad, or is about the side that the traffic came from.',
    AlertWithoutEffect:
      'An alert fired that changes nothing: it is about a side without traffic, comes too late after the deployment, is old, or was already handled.',
    AlreadyReturning: 'Another rollback is already returning the traffic.',
    ReturnOvertaken: 'Another operation now has the traffic, or the operation to roll back has ended.',
    DestinationUnknown: 'Sluice does not know on which side the traffic was before.',
    DestinationDoubtful:
      'The release on the side that the traffic would go back to is on hold, or is not known to be good.',
    CleanUpFailed:
      'The traffic is back, but the former release could not be put back into the environment that failed.',
    RollbackRefused:
      'The version of the rollback is already live, is on hold, was never good, or cannot be deployed now.',
  }),
  ...list('high-error-rate', {
    ObjectiveBroken: 'A metric of the new release was above its `max` or below its `min` for longer than allowed.',
    AnswersFailing: 'So many answers of the new release failed that the traffic went back at once.',
    WorseThanOrigin: 'The new release is certainly worse than the former one under the same traffic.',
    Inconclusive:
      'For too long the metrics did not show whether the new release is good: too few samples, no data, or no source.',
    AlertFiring: 'An alert is firing, so the new release gets no more traffic.',
  }),
  ...list('failing-health-checks', {
    Unhealthy: 'Pods or health checks of the new release failed while it had traffic.',
    StandbyUnhealthy: 'The new release did not become healthy before it got traffic.',
    RolloutFailed: 'The rollout of the Deployment failed: pods crash, cannot be scheduled, or run another image.',
    UnhealthyAfterBake: 'The new release did not pass its last checks after the bake.',
    PostDeploymentFailed:
      'A check after the bake failed, and `postDeployment` says that its failure returns the traffic.',
  }),
  ...list('pending-deployment', {
    CapacityLate: 'The pods for the next weight were not ready in time.',
    CapacityRefused: 'The autoscaler cannot give the new release as many pods as the shift needs.',
    CapacityMissing: 'The pods for the next weight are not ready yet.',
    WindowClosed: 'No deployment window is open.',
    LockHeld: 'Another operation holds the lock of the service.',
    LockWaitExpired: 'Another operation held the lock for longer than `deadlines.lock`.',
    Superseded: 'A newer release, or another operation with the same release, replaced it.',
    Rejected: 'An approver rejected it.',
    ApprovalExpired: 'Too few people approved in time, or the subject of the approval changed again and again.',
    ApprovalUnfillable: 'Everybody in a role that has to approve took part in the release.',
    Aborted: 'A person aborted it.',
  }),
  ...list('traffic-switch', {
    WeightsDrifted: 'Somebody else changed the weights of the route.',
    RouteGone: 'Somebody else deleted the route.',
    RouteNotOurs: 'Requests reach the environments without the weights of the route, or the gateways do not follow it.',
    CapacityDrifted: 'Somebody else changed the number of pods that the shift needs.',
    ApplicationDrifted: 'Somebody else pinned the Argo CD Application to another commit.',
    TrafficSplit: 'The traffic is split between both sides, but no operation is in progress.',
    SwitchRefused:
      'Sluice refuses a switch by hand: the traffic is not where the command says, or the release may have no traffic.',
    SplitEnded: 'A split by hand ended at its time, as planned.',
    SentBack: 'A person sent the traffic of a switch by hand back.',
    PauseExpired: 'Nobody decided about a pause before its deadline, so the operation ended and its traffic went back.',
    AskedAfterStep: '`traffic.pauseAfter` asks a person after this step; nothing is wrong.',
    NotReady: 'A side may not receive traffic: it is not healthy, or its release is not approved or is on hold.',
  }),
  ...list('failed-deployment', {
    RightsMissing:
      'A function lacks a right in the cluster, so Sluice could not deploy the release or could not roll it back.',
    ReleaseOnHold: 'The release failed before and is on hold until a person releases it.',
    ReleaseUnknown: 'GitHub has no such run, tag or artifact, or the run does not count.',
    ReleaseChanged:
      'The release is no longer the same as when the operation, or an earlier run of the same image, began.',
    ReleaseNotNewer: 'The release is already live, or is not known to be newer than the live one.',
    ValidationFailed:
      'A required proof of the release is bad or missing: CI, a check, staging, the model, the image, a document.',
    EvidenceLate: 'A required proof was not finished after `validation.waitFor`.',
    ContributorsUnreadable:
      'Sluice could not read completely who took part in the release, so it asks nobody to approve it.',
    BranchChangedElsewhere: 'Somebody else has committed to an environment’s branch.',
    NotApproved: 'Sluice cannot prove that this release is the one that was approved.',
    SyncFailed: 'Argo CD could not sync the commit.',
    SyncLate: 'Argo CD did not sync, or the Deployment did not roll out, before `deadlines.sync`.',
  }),
  ...list('stuck-operation', {
    StaleHolder: 'Another operation now controls the route.',
    LockLost: 'This operation no longer holds the lock.',
    WriteConflict:
      'The state is not what the request expects, or somebody else wrote at the same time. Sluice’s own steps retry.',
    DeadlineExceeded: 'A wait reached its deadline.',
    TaskFailed: 'A task of a state machine failed with an error that has no code of its own.',
    UnknownOutcome:
      'A state machine got an answer that it does not know: functions and state machines have different versions.',
    StateMissing: 'An operation lacks data that an earlier state should have written.',
    StandbyKept:
      'The standby keeps its pods for now: another operation is in progress, or the side with the traffic has too few pods.',
    Unclassified: 'A reason without a code, written by an older version.',
  }),
  ...list('system-failure', {
    DependencyUnavailable: 'A service that Sluice needs did not answer, or was overloaded.',
    DependencyRefused: 'A service that Sluice needs refused the request: permissions or validation.',
    DatabaseAway: 'The database did not answer, and Sluice cannot do this without it.',
    InternalError: 'Sluice met an error that it did not expect. The log of the function has it.',
    UnreadableRecord: 'A record in the table does not fit its schema.',
  }),
  ...list('README', {
    OnlyObserved:
      'The service has `mode: observe`: another pipeline deploys its releases, and Sluice changes nothing there.',
    WouldSucceed: 'An observation has ended: Sluice would have given the release all the traffic.',
    NothingObserved: 'The release got no traffic from the other pipeline before `deadlines.observation`.',
    NotFound: 'The command or request names something that does not exist.',
    InvalidInput: 'A request does not match its schema. The message names every problem.',
    InvalidConfiguration: '`sluice.yaml` has problems. The message names every one.',
    NotAllowed: 'The caller is not signed in, or is not allowed to do this.',
    TooLarge: 'A request is larger than Sluice accepts.',
  }),
} satisfies Readonly<Record<SluiceErrorName, ReasonMeaning>>;

export type ReasonCode = keyof typeof reasonCodes;
