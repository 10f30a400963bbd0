import type { Command } from 'commander';
import { type ApiOperation, operationSchema } from '../../contracts/api/operation.ts';
import { findUnfinished } from '../find.ts';
import { addServiceCommand, parseVersion } from '../options.ts';
import { approvalLines } from '../output/operation-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface DecisionFlags extends SharedFlags {
  readonly version: string;
  readonly reason?: string;
}

/** `sluice approve` and `sluice reject` */
export function addDecisions(program: Command, world: World): void {
  const decide = async (decision: 'approve' | 'reject', id: string | undefined, flags: DecisionFlags) => {
    const session = await openSession(world, flags);
    const { version, reason = '' } = flags;
    const what = `operation that waits for an approval of ${version}`;
    const fits = (one: Pick<ApiOperation, 'state' | 'release'>) =>
      one.state === 'awaiting-approval' && one.release?.version === version;
    const operation = id ?? (await findUnfinished(session, { what, fits })).id;
    const path = `/api/operations/${encodeURIComponent(operation)}/decision`;
    const decided = await session.api.post(path, { decision, version, reason, via: 'signed-in' }, operationSchema);
    print(session, decided, decisionLines);
    const user = session.api.connection.user?.toLowerCase();
    if (decision === 'approve' && decided.approvals?.excluded.some((mail) => mail.toLowerCase() === user)) {
      world.err('Your approval is noted, but counts for nobody: you triggered or wrote this release.\n');
    }
  };

  addServiceCommand(program, {
    name: 'approve [operation]',
    summary:
      'Approve a release as the person that you are signed in as. The version is typed, so that it is the right one.',
    examples: ['approve --version v2.1.0 --as ana@example.com'],
  })
    .requiredOption('--version <version>', 'what you approve', parseVersion)
    .option('--reason <text>', 'a remark')
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

function decisionLines({ id, release, approvals }: ApiOperation): string[] {
  const head = `Operation ${id}${release === null ? '' : ` (${release.version})`}: ${approvals?.state ?? 'no approval'}`;
  return [head, ...(approvals === null ? [] : approvalLines(approvals).map((line) => `  ${line}`))];
}
