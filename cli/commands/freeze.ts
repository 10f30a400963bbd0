import type { Command } from 'commander';
import { type ApiActionAnswer, actionAnswerSchema } from '../../contracts/api/operator-actions.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { toldLines } from '../output/told-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface FreezeFlags extends SharedFlags {
  readonly reason: string;
}

/** `sluice freeze` and `sluice unfreeze` */
export function addFreezes(program: Command, world: World): void {
  const steer = async (verb: 'freeze' | 'unfreeze', flags: FreezeFlags) => {
    const session = await openSession(world, flags);
    const path = `/api/services/${encodeURIComponent(await findServiceName(session))}/${verb}`;
    print(session, await session.api.post(path, { reason: flags.reason }, actionAnswerSchema), actionLines);
  };

  addServiceCommand(program, {
    name: 'freeze',
    summary:
      'Stop new operations on a service. Rollbacks may still begin, and the operation that holds the lock continues.',
    examples: ['freeze --reason "audit on Friday"'],
  })
    .requiredOption('--reason <text>', 'why')
    .action((flags: FreezeFlags) => steer('freeze', flags));

  addServiceCommand(program, {
    name: 'unfreeze',
    summary: 'End the freeze of a service. Look at its traffic first.',
    examples: ['unfreeze --reason "the route is right again, all on blue"'],
  })
    .requiredOption('--reason <text>', 'why it may')
    .action((flags: FreezeFlags) => steer('unfreeze', flags));
}

const actionLines = (steered: ApiActionAnswer): string[] => [
  `${steered.service}: ${steered.outcome}`,
  ...toldLines(steered),
];
