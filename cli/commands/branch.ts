import type { Command } from 'commander';
import { type ApiBranch, branchDecidedSchema, branchSchema } from '../../contracts/api/branch.ts';
import { foreignWords } from '../../core/gitops/foreign-words.ts';
import { refusedBy } from '../exit.ts';
import { findServiceName } from '../find.ts';
import { addGroup, addServiceCommand, environmentOption } from '../options.ts';
import { toldLines } from '../output/told-lines.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface BranchFlags extends SharedFlags {
  readonly environment: string;
}

interface DecideFlags extends BranchFlags {
  readonly reason: string;
}

/** `sluice branch show`, `reset` and `propose` */
export function addBranches(program: Command, world: World): void {
  const group = addGroup(
    program,
    'branch',
    'Decide about commits of somebody else on an environment’s branch. Only Sluice should write it.',
  );
  const at = () => environmentOption('--environment <name>', 'whose branch').makeOptionMandatory();

  addServiceCommand(group, {
    name: 'show',
    summary: 'Show the commits of somebody else, line by line, and what was decided about them.',
    examples: ['branch show --environment green'],
  })
    .addOption(at())
    .action(async (flags: BranchFlags) => {
      const session = await openSession(world, flags);
      print(session, (await readBranch(session, flags)).branch, branchLines);
    });

  const decide = async (kind: 'reset' | 'propose', flags: DecideFlags) => {
    const session = await openSession(world, flags);
    const { branch, address } = await readBranch(session, flags);
    if (branch.foreign === null) throw refusedBy('NothingForeign', branchLines(branch).join('\n'));
    // What is decided about is shown first, and is exactly what is sent.
    if (flags.output !== 'json') world.out(`${branchLines(branch).join('\n')}\n\n`);
    const request = { kind, head: branch.foreign.head, reason: flags.reason };
    print(session, await session.api.post(address, request, branchDecidedSchema), toldLines);
  };

  addServiceCommand(group, {
    name: 'reset',
    summary:
      'Discard the commits of somebody else. The command shows them first, and the next release is built on Sluice’s last commit.',
    examples: ['branch reset --environment green --reason "pushed by mistake"'],
  })
    .addOption(at())
    .requiredOption('--reason <text>', 'why')
    .action((flags: DecideFlags) => decide('reset', flags));

  addServiceCommand(group, {
    name: 'propose',
    summary:
      'Propose the commits of somebody else: the approvers of the next release see them, and approve them with the release.',
    examples: ['branch propose --environment green --reason "the chart gets a larger memory limit"'],
  })
    .addOption(at())
    .requiredOption('--reason <text>', 'why')
    .action((flags: DecideFlags) => decide('propose', flags));
}

async function readBranch(session: Session, flags: BranchFlags): Promise<{ branch: ApiBranch; address: string }> {
  const name = await findServiceName(session);
  const address = `/api/services/${encodeURIComponent(name)}/branches/${flags.environment}`;
  return { branch: await session.api.get(address, branchSchema), address };
}

function branchLines(branch: ApiBranch): string[] {
  const { foreign, decision, written } = branch;
  if (foreign === null) {
    const known =
      written === null ? 'Sluice has not written it yet.' : `Sluice last left it at ${written.slice(0, 7)}.`;
    return [
      `${branch.branch} of ${branch.repository}: no operation has found anything that Sluice did not write. ${known}`,
    ];
  }
  return [
    foreignWords(branch, foreign),
    ...foreign.files.flatMap(({ path, change, patch }) => [
      '',
      `${path} (${change})`,
      ...(patch === null ? ['  (no lines to show)'] : patch.split('\n').map((line) => `  ${line}`)),
    ]),
    ...(foreign.more ? ['', 'This is not all of it: see the branch itself.'] : []),
    ...(decision === null ? [] : ['', `${decision.actor} decided to ${decision.kind} it: ${decision.reason}`]),
  ];
}
