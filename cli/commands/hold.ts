import type { Command } from 'commander';
import { type ApiActionAnswer, actionAnswerSchema } from '../../contracts/api/operator-actions.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, parseVersion } from '../options.ts';
import { toldLines } from '../output/told-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface HoldFlags extends SharedFlags {
  readonly version: string;
  readonly reason: string;
}

/** `sluice hold` and `sluice release-hold` */
export function addHolds(program: Command, world: World): void {
  const steer = async (path: 'holds' | 'holds/release', flags: HoldFlags) => {
    const session = await openSession(world, flags);
    const { version, reason } = flags;
    const address = `/api/services/${encodeURIComponent(await findServiceName(session))}/${path}`;
    const steered = await session.api.post(address, { version, reason }, actionAnswerSchema);
    print(session, steered, (answer) => holdLines(version, answer));
  };

  addServiceCommand(program, {
    name: 'hold',
    summary: 'Put a version on hold: nobody can deploy it until the hold is released.',
    examples: ['hold --version v2.1.0 --reason "waiting for the radiologists\' review"'],
  })
    .requiredOption('--version <version>', 'which one', parseVersion)
    .requiredOption('--reason <text>', 'why')
    .action((flags: HoldFlags) => steer('holds', flags));

  addServiceCommand(program, {
    name: 'release-hold',
    summary: 'Release the hold on a version, so that it may be deployed again.',
    examples: ['release-hold --version v2.1.0 --reason "the errors were the database\'s"'],
  })
    .requiredOption('--version <version>', 'which one', parseVersion)
    .requiredOption('--reason <text>', 'why it may')
    .action((flags: HoldFlags) => steer('holds/release', flags));
}

const holdLines = (version: string, steered: ApiActionAnswer): string[] => [
  `${version} of ${steered.service}: ${steered.outcome}`,
  ...steered.digests.map((digest) => `  ${digest}`),
  ...toldLines(steered),
];
