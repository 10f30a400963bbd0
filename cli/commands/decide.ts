import type { Command } from 'commander';
import { type ApiOperation, type ApiOperationSummary, operationSchema } from '../../contracts/api/operation.ts';
import { seconds } from '../../contracts/duration.ts';
import { between } from '../../contracts/instant.ts';
import { isSameName } from '../../contracts/name-key.ts';
import { operationStates } from '../../contracts/operation.ts';
import { withoutAdvice } from '../../contracts/reason.ts';
import { sentence, timeWords } from '../../contracts/words.ts';
import { refusedBy, usageError } from '../exit.ts';
import { findUnfinished, newestOperations } from '../find.ts';
import { interruptible } from '../interruptible.ts';
import { addServiceCommand, parseSubject, parseVersion } from '../options.ts';
import { approvalLines } from '../output/operation-lines.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface DecisionFlags extends SharedFlags {
  readonly version: string;
  readonly reason?: string;
  readonly subject?: string;
}

/** `sluice approve` and `sluice reject` */
export function addDecisions(program: Command, world: World): void {
  const decide = async (decision: 'approve' | 'reject', id: string | undefined, flags: DecisionFlags) => {
    const session = await openSession(world, flags);
    const { version, reason = '' } = flags;
    const operation = id ?? (await waitForAsking(session, version));
    const path = `/api/operations/${encodeURIComponent(operation)}/decision`;
    const seen = await session.api.get(`/api/operations/${encodeURIComponent(operation)}`, operationSchema);
    const subject = seen.approvals?.subject?.hash;
    const { subject: read } = flags;
    if (read !== undefined && subject !== undefined && !subject.startsWith(read.toLowerCase())) {
      const message = `Nothing was decided: what you have read (${read}) is not what is to be approved now (${subject}).`;
      throw refusedBy('SubjectChanged', message, `Look at it again: sluice operation ${operation}`);
    }
    const decided = await session.api.post(
      path,
      { decision, version, reason, subject, via: 'signed-in' },
      operationSchema,
    );
    print(session, decided, decisionLines);
    const { user } = session.api.connection;
    const own = (decided.approvals?.decisions ?? []).filter(({ approver }) => user && isSameName(approver, user));
    const uncounted = own.some((made) => made.uncounted === null) ? null : own.at(-1)?.uncounted;
    if (decision === 'approve' && uncounted) world.err(`Your approval is noted, but does not count: ${uncounted}.\n`);
  };

  addServiceCommand(program, {
    name: 'approve [operation]',
    summary:
      'Approve a release as the person that you are signed in as. Name the version, so that you approve the right one.',
    examples: ['approve --version v2.1.0 --as ana@example.com'],
  })
    .requiredOption('--version <version>', 'what you approve', parseVersion)
    .option('--reason <text>', 'a remark')
    .option(
      '--subject <sha256>',
      'what you have read, as the mail or the console names it (or its beginning)',
      parseSubject,
    )
    .action((id: string | undefined, flags: DecisionFlags) => decide('approve', id, flags));

  addServiceCommand(program, {
    name: 'reject [operation]',
    summary: 'Reject a release; one rejection ends its deployment.',
    examples: ['reject --version v2.1.0 --reason "recall dropped on the external set" --as cleo@example.com'],
  })
    .requiredOption('--version <version>', 'what you reject', parseVersion)
    .requiredOption('--reason <text>', 'why')
    .action((id: string | undefined, flags: DecisionFlags) => decide('reject', id, flags));
}

const atApproval = operationStates.indexOf('awaiting-approval');
/** How long a release may take to be validated before one has to come back. */
const patience = seconds(60);
const often = seconds(0.5);

/** As `findAsking`; a person who does not want to wait any longer is told that nothing was decided. */
const waitForAsking = (session: Session, version: string): Promise<string> =>
  interruptible(
    session.world,
    {
      message: `Nothing was decided: no operation asked for an approval of ${version} yet.`,
      advice: 'The operation continues, and asks its approvers by mail. To see its state: sluice status',
    },
    (world) => findAsking({ ...session, world }, version),
  );

/** The operation that asks whether this version may go live; one that is still being validated is waited for. @throws {CliError} usage. */
async function findAsking(session: Session, version: string): Promise<string> {
  const { world } = session;
  const isNear = ({ outcome, state, release }: ApiOperationSummary) =>
    outcome === null &&
    operationStates.indexOf(state) <= atApproval &&
    // What it is about is known once its evidence was gathered.
    (release === null || release.version === version);
  const asks = (one: ApiOperationSummary) => one.state === 'awaiting-approval' && one.release?.version === version;
  const began = world.now();
  while (between(began, world.now()) < patience) {
    const newest = await newestOperations(session);
    const near = newest.filter(isNear);
    if (near.length === 0) throwIfOver(newest, version);
    if (near.length === 0 || near.some(asks)) break;
    await world.pause(often, new AbortController().signal);
  }
  return (await findUnfinished(session, { what: `operation that waits for an approval of ${version}`, fits: asks })).id;
}

/** Says what became of the newest operation about this version, and what may be decided on instead. @throws {CliError} usage, if there was one. */
function throwIfOver(newest: readonly ApiOperationSummary[], version: string): void {
  const about = newest.find((one) => one.kind !== 'switch-traffic' && one.release?.version === version);
  if (about === undefined) return;
  const { id, kind, outcome, endedAt, reason, state } = about;
  const became =
    outcome === null
      ? `is ${state} already`
      : `ended as ${outcome}${endedAt === null ? '' : ` at ${timeWords(endedAt)}`}${reason === null ? '' : `: ${withoutAdvice(reason)}`}`;
  const others = newest.filter((one) => one.state === 'awaiting-approval' && one.outcome === null);
  const again = outcome !== null && outcome !== 'succeeded' && outcome !== 'superseded';
  const next = again
    ? `To deploy it again: sluice deploy --version ${version}`
    : 'To list all operations: sluice operations';
  throw usageError(
    sentence(`${version} waits for no approval: its ${kind} ${id} ${became}`),
    others.length === 0
      ? `Nothing else waits for one either. ${next}`
      : others
          .map((one) => `What does wait: sluice approve ${one.id} --version ${one.release?.version ?? 'VERSION'}`)
          .join('\n'),
  );
}

function decisionLines({ id, release, approvals }: ApiOperation): string[] {
  const head = `Operation ${id}${release === null ? '' : ` (${release.version})`}: ${approvals?.state ?? 'no approval'}`;
  const subject = approvals?.subject?.hash;
  return [
    head,
    ...(subject === undefined ? [] : [`  subject ${subject}`]),
    ...(approvals === null ? [] : approvalLines(approvals).map((line) => `  ${line}`)),
  ];
}
