import type { Outcome } from '../contracts/operation.ts';
import { whileFrozen } from '../contracts/words.ts';

/** What a word means that the command line prints before its message, and what to do. */
export interface CodeMeaning {
  readonly means: string;
  readonly next: string;
}

/** The command line's own words, by which scripts know why it failed; the others are reason codes and outcomes. */
export const cliCodes = {
  Usage: {
    means: 'The command is wrong, or names something that does not exist. Nothing was sent to Sluice.',
    next: 'Read the line below the message, or add --help to the command.',
  },
  Unreachable: {
    means: 'Sluice, or something else that the command needs, did not answer.',
    next: 'Check its address, and that it runs. The request may have had an effect: look at `sluice operations`.',
  },
  UnexpectedAnswer: {
    means: 'Sluice gave an answer that this version of the command line does not know.',
    next: 'Use the command line that the installation serves (`/download/sluice.tgz`), or one of the same version.',
  },
  Interrupted: {
    means: 'A person stopped the command while it waited. The operation that it started continues.',
    next: '`sluice status` shows the operation in progress, and `sluice operation --watch` follows it again.',
  },
  WouldBeRefused: {
    means: 'A deployment would be refused if you started it now. Nothing was started.',
    next: 'The message has the reason and its code. Look up that code with `sluice explain`.',
  },
  Ignored: {
    means: 'Sluice accepted the request, but there was nothing to do.',
    next: '`sluice deliveries` lists the latest requests and what each one started.',
  },
  Paused: {
    means: 'Nothing was started. A deployment in progress was paused instead, and waits for a person.',
    next: '`sluice status` says what it waits for, and the commands with which you decide.',
  },
  NotRegistered: {
    means: 'A started execution ended without an operation, or its operation did not appear in time.',
    next: '`sluice deliveries` says what happened to it.',
  },
  SubjectChanged: {
    means: 'What you approve has changed since you read it. Nothing was decided.',
    next: 'Look at the operation again, then decide.',
  },
  NothingForeign: {
    means: 'Only Sluice has written on the branch of that environment.',
    next: 'You have nothing to do.',
  },
  Unhealthy: {
    means: 'An environment does not pass its health checks now.',
    next: 'The output above shows which checks failed. Runbook: docs/runbooks/failing-health-checks.md.',
  },
  Incomplete: {
    means: 'Something that the installation needs is missing.',
    next: 'The lines above say what is missing, and what to type.',
  },
  AlertRefused: {
    means: 'Alertmanager refused the test alert.',
    next: 'Check its address, and that you can reach it from this machine.',
  },
  NotStarted: {
    means: 'The delivery started nothing.',
    next: '`sluice deliveries` says why.',
  },
  NotApproved: {
    means: 'The release of the drill did not get its approvals.',
    next: '`sluice operations` names its operation, and `sluice operation ID` says whose approval is missing.',
  },
  NoLoad: {
    means: 'The sandbox sends no traffic, so a drill would measure nothing.',
    next: 'Start the sandbox without --no-load.',
  },
  NoJobToken: {
    means: 'The GitHub Actions job has no identity token.',
    next: 'Give the job `permissions: id-token: write`.',
  },
  BuildFailed: {
    means: 'The CI of the sandbox did not build the version.',
    next: 'The sandbox prints why.',
  },
  HarmfulChangeSet: {
    means:
      'A deployment of Sluice itself would remove or replace resources that cannot be made again. That stack was not changed.',
    next: 'Undo the change that renames or removes them: docs/operations.md, “What cannot be made again”.',
  },
  InvalidChangeSet: {
    means: 'The file is not a change set as the AWS CLI prints it. Nothing was checked.',
    next: 'Write it with `aws cloudformation describe-change-set --output json`.',
  },
  ChainBroken: {
    means: 'Entries of an audit were changed or deleted.',
    next: 'Freeze the service, and find out who wrote into the table: docs/operations.md, “What proves a record”.',
  },
  AuditIncomplete: {
    means: 'An audit has an effect without its result, or a result without its effect.',
    next: '`sluice operation ID` shows what was done. A process may have died between the two entries.',
  },
  NotProven: {
    means: 'Entries of an audit have no valid MAC of the function that may write them.',
    next: 'docs/operations.md, “What proves a record”.',
  },
  NotAnchored: {
    means: 'The audit of an ended operation has no anchor in the bucket with Object Lock.',
    next: 'Verify again in five minutes, because the guardian retries. If it is still missing, check whether S3 refuses.',
  },
  'not-returned': {
    means: 'The alert of a drill did not return the traffic.',
    next: '`sluice status` shows where the traffic is, and `sluice deliveries` what the alert started.',
  },
  'too-slow': {
    means: 'A drill took longer to return the traffic than allowed.',
    next: 'Repeat it on a machine that does nothing else, then read the report of the drill.',
  },
  'too-late': {
    means: 'A drill waited too long for something.',
    next: 'The message says for what. `sluice status` shows the state of the service.',
  },
  unfinished: { means: 'An operation has not ended yet.', next: '`sluice operation --watch` follows it.' },
} as const satisfies Readonly<Record<string, CodeMeaning>>;

export type CliCode = keyof typeof cliCodes;

const itsReason = '`sluice operation ID` shows the reason. Look up its code with `sluice explain`.';

/** How an operation ended; a command that follows one prints it before the message. */
export const outcomeMeanings: Readonly<Record<Outcome, CodeMeaning>> = {
  succeeded: { means: 'The operation succeeded.', next: 'You have nothing to do.' },
  'failed-validation': { means: 'The operation was refused before anything was changed.', next: itsReason },
  rejected: { means: 'An approver rejected the release. Nothing was changed.', next: itsReason },
  expired: {
    means: 'A deadline passed: of the approvals, before anything was changed, or of a split, whose traffic went back.',
    next: itsReason,
  },
  superseded: { means: 'Another operation replaced it.', next: 'Follow the operation that the reason names.' },
  'window-closed': {
    means: 'No deployment window was open. Nothing was changed.',
    next: '`sluice windows` says when the next one opens.',
  },
  failed: { means: 'The deployment failed before it got traffic.', next: itsReason },
  'rolled-back': {
    means: 'The deployment failed while it had traffic. The traffic is back where it was.',
    next: itsReason,
  },
  aborted: { means: 'A person ended the operation. The traffic that it had moved is back.', next: itsReason },
  frozen: {
    means: `The service is frozen. ${whileFrozen}`,
    next: '`sluice status` says why, and how to end it. Runbook: docs/runbooks/frozen-service.md.',
  },
  'would-succeed': {
    means: 'Sluice observed another pipeline, and would have given the release all the traffic.',
    next: '`sluice operation ID` shows what it saw.',
  },
  'would-roll-back': {
    means: 'Sluice observed another pipeline, and would have rolled the release back.',
    next: '`sluice operation ID` says when and why.',
  },
  'would-refuse': {
    means: 'Sluice observed another pipeline, and would have refused the release before it got any traffic.',
    next: itsReason,
  },
  inconclusive: {
    means: 'Sluice observed another pipeline, and cannot say how it would have decided.',
    next: itsReason,
  },
};
