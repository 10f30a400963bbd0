import type { Outcome } from '../contracts/operation.ts';

/** What a word means that the command line prints before its message, and what to do. */
export interface CodeMeaning {
  readonly means: string;
  readonly next: string;
}

/** The command line's own words, by which scripts know why it failed; the others are reason codes and outcomes. */
export const cliCodes = {
  Usage: {
    means: 'The command line cannot be understood, or names something that does not exist. Nothing was asked for.',
    next: 'Read the line below the message, or add --help to the command.',
  },
  Unreachable: {
    means: 'Sluice, or something else that the command needs, did not answer.',
    next: 'Check its address and that it runs. What was asked for may have been done: `sluice operations` says so.',
  },
  UnexpectedAnswer: {
    means: 'An answer came that this version of the command line does not know.',
    next: 'Use the command line that this installation serves, or the one of its version.',
  },
  Interrupted: {
    means: 'A person ended the command while it waited. What it had started goes on.',
    next: '`sluice status` says what is at work, and `sluice operation --watch` follows it again.',
  },
  WouldBeRefused: {
    means: 'A deployment would be refused if it were started now. Nothing was started.',
    next: 'The message names the reason and its code: `sluice explain` knows that one as well.',
  },
  Ignored: {
    means: 'What was delivered or asked for was accepted, and there was nothing to do about it.',
    next: '`sluice deliveries` lists what came in lately and what was made of it.',
  },
  Paused: {
    means: 'Nothing was started: a deployment at work was paused instead, and a person decides.',
    next: '`sluice status` says what it waits for, and the commands that decide.',
  },
  NotRegistered: {
    means: 'A start ended, or did not appear in time, without an operation.',
    next: '`sluice deliveries` says what became of it.',
  },
  SubjectChanged: {
    means: 'What is to be approved is not what was read any more. Nothing was decided.',
    next: 'Look at the operation again, and decide on what it is about now.',
  },
  NothingForeign: {
    means: 'Nobody but Sluice has written on the branch of that environment.',
    next: 'Nothing is to do.',
  },
  Unhealthy: {
    means: 'An environment does not pass its health checks now.',
    next: 'The checks above say which ones; docs/runbooks/failing-health-checks.md leads on.',
  },
  Incomplete: {
    means: 'Something that the installation needs is missing.',
    next: 'The lines above say what, and what to type.',
  },
  AlertRefused: {
    means: 'Alertmanager did not take the test alert.',
    next: 'Check its address, and that it can be reached from here.',
  },
  NotStarted: {
    means: 'What was delivered started nothing.',
    next: '`sluice deliveries` says why.',
  },
  NotApproved: {
    means: 'The release of the drill did not get its approvals.',
    next: '`sluice operations` names its operation, and that says who is missing.',
  },
  NoLoad: {
    means: 'The sandbox sends no traffic, so that a drill would measure nothing.',
    next: 'Start the sandbox without --no-load.',
  },
  NoJobToken: {
    means: 'The job of GitHub Actions got no token that says who it is.',
    next: 'Give the job `permissions: id-token: write`.',
  },
  BuildFailed: {
    means: 'The CI of the sandbox did not build the version.',
    next: 'The sandbox prints why.',
  },
  HarmfulChangeSet: {
    means:
      'A deployment of Sluice itself would remove or replace what cannot be made again. That stack was not changed.',
    next: 'Undo what renames or removes it; docs/operations.md, “What cannot be made again”.',
  },
  InvalidChangeSet: {
    means: 'What was to be judged is not a change set as the AWS CLI prints it. Nothing was judged.',
    next: 'Write it with `aws cloudformation describe-change-set --output json`.',
  },
  ChainBroken: {
    means: 'Entries of an audit were changed or deleted.',
    next: 'Freeze the service and find who wrote into the table: docs/operations.md, “What proves a record”.',
  },
  AuditIncomplete: {
    means: 'An audit says of an effect that it was meant and not how it went, or the other way round.',
    next: '`sluice operation ID` shows what was done; a process may have died in between.',
  },
  NotProven: {
    means: 'Entries of an audit are not sealed by who may write them.',
    next: 'docs/operations.md, “What proves a record”.',
  },
  NotAnchored: {
    means: 'Nothing of an ended audit is in the bucket that nobody can change.',
    next: 'Verify again in five minutes: the guardian makes up for it. Then look whether S3 refuses.',
  },
  'not-returned': {
    means: 'A drill’s alert did not return the traffic.',
    next: '`sluice status` says where the traffic is, and `sluice deliveries` what became of the alert.',
  },
  'too-slow': {
    means: 'A drill took longer to return the traffic than is allowed.',
    next: 'Repeat it on a quiet machine, then read what the drill reports.',
  },
  'too-late': {
    means: 'A drill waited in vain for something.',
    next: 'The message says for what; `sluice status` says where the service stands.',
  },
  unfinished: { means: 'An operation has not ended yet.', next: '`sluice operation --watch` follows it.' },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type CliCode = keyof typeof cliCodes;

const itsReason = '`sluice operation ID` has its reason, whose code `sluice explain` knows.';

/** How an operation ended; a command that follows one prints it before the message. */
export const outcomeMeanings: Readonly<Record<Outcome, CodeMeaning>> = {
  succeeded: { means: 'The operation did what was wanted.', next: 'Nothing is to do.' },
  'failed-validation': { means: 'The operation was refused before anything was changed.', next: itsReason },
  rejected: { means: 'An approver rejected the release. Nothing was changed.', next: itsReason },
  expired: {
    means: 'A time ran out: for approvals, before anything was changed, or for a split, whose traffic went back.',
    next: itsReason,
  },
  superseded: { means: 'Another operation took its place.', next: 'Its reason names the other one: follow that.' },
  'window-closed': {
    means: 'No deployment window was open. Nothing was changed.',
    next: '`sluice windows` says when the next one opens.',
  },
  failed: { means: 'The deployment failed before it got traffic.', next: itsReason },
  'rolled-back': { means: 'The deployment failed with traffic, which is back where it was before.', next: itsReason },
  aborted: { means: 'A person ended the operation; what it had moved is back.', next: itsReason },
  frozen: {
    means: 'Nothing may change on the service until a person has looked.',
    next: '`sluice status` says why and how it ends; docs/runbooks/frozen-service.md leads on.',
  },
  'would-succeed': {
    means: 'Sluice has watched another pipeline, and would have brought the release to all the traffic.',
    next: '`sluice operation ID` has what it saw.',
  },
  'would-roll-back': {
    means: 'Sluice has watched another pipeline, and would have taken the traffic back.',
    next: '`sluice operation ID` says when, and why.',
  },
  'would-refuse': {
    means: 'Sluice has watched another pipeline, and would have refused the release before it got any traffic.',
    next: itsReason,
  },
  inconclusive: {
    means: 'Sluice has watched another pipeline, and cannot say what it would have come to.',
    next: itsReason,
  },
};
