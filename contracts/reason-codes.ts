import type { SluiceErrorName } from './errors.ts';

/** What a code means, and where docs/runbooks leads on. */
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
 * Every code of a freeze, a failure, a return and a refusal, by the runbook that leads on. It stands in brackets in the text that people read, and
 * docs/runbooks/reason-codes.md says what to do. A code is never renamed: people and their alarms look for it.
 */
export const reasonCodes = {
  ...list('frozen-service', {
    FrozenByPerson: 'A person froze the service.',
    UnlockedByPerson:
      'A person freed the lock of a rollback that was at work or had died; where the traffic is has to be looked at.',
    ServiceFrozen: 'The service is frozen, so nothing is begun on it.',
    FenceLost: 'Somebody else removed or damaged the fence annotation of the route.',
    ReturnUnverified: 'The traffic went back, and the side that has it could not be shown to be well in time.',
    ReturnLate: 'The side that the traffic should go back to was not ready for it before the deadline of the rollback.',
    ReturnFailed: 'The traffic could not be moved to where it has to go.',
    OriginCold:
      'The traffic stays, since no rollback could be started and the side that it came from has no pods ready.',
    FreezeFailed:
      'The service could not be frozen: the database did not take it. Nothing holds the next deployment back.',
    ReturnAborted: 'A person aborted a rollback at work, so the traffic stays where it was then.',
    ReturnDied: 'The rollback died, and its second attempt died as well.',
    BothSidesBad: 'Both sides are bad; the traffic is on the one that is clearly less bad.',
    PauseUndecided:
      'Nobody decided on a pause before its deadline, and the side that the traffic came from is not known to be good.',
    IrreversibleRelease: 'The release failed and cannot be taken back without a person: its data would not fit.',
  }),
  ...list('failing-return', {
    ReturnedByPerson: 'A person asked for the traffic to go back.',
    ExecutionDied:
      'An execution ended without an outcome: Step Functions stopped it, or it met a fault in every state that could have handled it.',
    AlertOnTarget: 'An alert fired about the side that had just got traffic.',
    AlertUnclear:
      'An alert fired that does not say which side is bad, or is about the side that the traffic came from.',
    AlertWithoutEffect:
      'An alert fired that changes nothing: about a side without traffic, too late after the deployment, old, or acted on already.',
    AlreadyReturning: 'Another rollback returns the traffic already.',
    ReturnOvertaken: 'Another operation has the traffic by now, or what was to be returned has ended.',
    DestinationUnknown: 'Nobody knows on which side the traffic was before.',
    DestinationDoubtful:
      'What runs on the side that the traffic would go back to is on hold, or is not known to be good.',
    CleanUpFailed: 'The traffic is back, and the environment that failed could not be put back to its former release.',
    RollbackRefused:
      'What a person wants to go back to is live already, is on hold, was never good, or cannot be reached now.',
  }),
  ...list('high-error-rate', {
    ObjectiveBroken: 'A metric of the new release was above its bound for as long as it may be.',
    AnswersFailing: 'So many answers of the new release failed that it went back at once.',
    WorseThanOrigin: 'The new release is certainly worse than the one beside it under the same traffic.',
    Inconclusive:
      'The metrics did not say for too long whether the new release is good: too few samples, no data, or no source.',
    AlertFiring: 'An alert fires already, so no more traffic goes to the new release.',
  }),
  ...list('failing-health-checks', {
    Unhealthy: 'Pods or health checks of the new release failed while it had traffic.',
    StandbyUnhealthy: 'The new release did not become healthy before it got traffic.',
    RolloutFailed: 'The Deployment did not roll out: its pods crash, cannot be scheduled, or have another image.',
    UnhealthyAfterBake: 'The new release did not pass its last checks after the bake.',
    PostDeploymentFailed: 'A check after the bake failed for which `postDeployment` asks for a return.',
  }),
  ...list('pending-deployment', {
    CapacityLate: 'The pods for the next weight were not ready in time.',
    CapacityRefused: 'What decides how many pods there are cannot give the new release what the shift needs.',
    CapacityMissing: 'The pods for the next weight are not ready yet.',
    WindowClosed: 'No deployment window is open.',
    LockHeld: 'Another operation is at work on the service.',
    LockWaitExpired: 'Another operation held the lock for longer than `deadlines.lock`.',
    Superseded: 'A newer release, or another operation about the same one, took its place.',
    Rejected: 'An approver rejected it.',
    ApprovalExpired: 'Too few people approved in time, or what they were asked about kept changing.',
    ApprovalUnfillable: 'A role that has to approve can be filled by nobody who did not write the release.',
    Aborted: 'A person aborted it.',
  }),
  ...list('traffic-switch', {
    WeightsDrifted: 'Somebody else changed the weights of the route.',
    RouteGone: 'Somebody else deleted the route.',
    RouteNotOurs: 'Requests reach the environments past the weights of the route, or gateways do not follow it.',
    CapacityDrifted: 'Somebody else changed how many pods there have to be, on which the shift rests.',
    ApplicationDrifted: 'Somebody else pinned the Argo CD Application to another commit.',
    TrafficSplit: 'The traffic is split between both sides although nothing is at work.',
    SwitchRefused: 'A switch by hand is not possible: the traffic is elsewhere, or the release there may have none.',
    SplitEnded: 'A split by hand ended at its time, as planned.',
    SentBack: 'A person sent the traffic of a switch by hand back.',
    PauseExpired: 'Nobody decided on a pause before its deadline, so the traffic went back.',
    AskedAfterStep: '`traffic.pauseAfter` asks a person after this step; nothing is wrong.',
    NotReady: 'A side may not receive traffic: it is not healthy, or its release is not approved or is on hold.',
  }),
  ...list('failed-deployment', {
    RightsMissing:
      'A function lacks a right in the cluster, so the deployment could not be carried out or not be taken back.',
    ReleaseOnHold: 'The release failed before and is on hold until a person releases it.',
    ReleaseUnknown: 'GitHub has no such run, tag or artifact, or the run does not count.',
    ReleaseChanged:
      'What is found of the release now is not what the operation, or an earlier run of the same image, is about.',
    ReleaseNotNewer: 'The release is live already, or is not known to be newer than what is live.',
    ValidationFailed:
      'A required proof of the release is bad or missing: CI, a check, staging, the model, the image, a document.',
    EvidenceLate: 'A required proof was still under way after `validation.waitFor`.',
    ContributorsUnreadable:
      'Who took part in the release could not be read completely, so nobody may be asked to approve it.',
    BranchChangedElsewhere: 'Somebody else has written on the branch of an environment.',
    NotApproved: 'What was about to be brought in or to get traffic is not proven to be what was approved.',
    SyncFailed: 'Argo CD could not sync the commit.',
    SyncLate: 'Argo CD did not sync, or the Deployment did not roll out, before `deadlines.sync`.',
  }),
  ...list('stuck-operation', {
    StaleHolder: 'Another operation has taken the route over.',
    LockLost: 'This operation does not have the lock any more.',
    WriteConflict:
      'It does not stand as the request takes for granted, or somebody else wrote at the same time. Sluice’s own steps try again.',
    DeadlineExceeded: 'A wait reached its deadline.',
    TaskFailed: 'A task of a state machine met a fault that has no code of its own.',
    UnknownOutcome:
      'A state machine got an answer that it does not know: functions and machines are of different versions.',
    StateMissing: 'An operation lacks something that an earlier state should have noted.',
    StandbyKept:
      'The standby keeps its pods for now: somebody else is at work, or the side with the traffic has too few.',
    Unclassified: 'A reason without a code: it was written by an older version.',
  }),
  ...list('system-failure', {
    DependencyUnavailable: 'A service that Sluice needs did not answer, or was overloaded.',
    DependencyRefused: 'A service that Sluice needs refused the request: permissions or validation.',
    DatabaseAway: 'The database did not answer, and this cannot be done without it.',
    InternalError: 'Sluice met a fault that it did not expect; the log of the function has it.',
    UnreadableRecord: 'A record in the table does not fit its schema.',
  }),
  ...list('README', {
    OnlyObserved:
      'The service has `mode: observe`: another pipeline carries its releases in, and Sluice changes nothing there.',
    WouldSucceed: 'An observation has ended: Sluice would have brought the release to all the traffic.',
    NothingObserved: 'No other pipeline brought traffic to the release before `deadlines.observation`.',
    NotFound: 'What was asked for does not exist.',
    InvalidInput: 'A request does not fit its schema; every problem is named.',
    InvalidConfiguration: '`sluice.yaml` has problems; every one is named.',
    NotAllowed: 'Who asks is not authenticated, or may not do it.',
    TooLarge: 'A request is larger than Sluice takes.',
  }),
} satisfies Readonly<Record<SluiceErrorName, ReasonMeaning>>;

export type ReasonCode = keyof typeof reasonCodes;
