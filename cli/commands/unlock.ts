import type { Command } from 'commander';
import { type ApiUnlocked, unlockedSchema } from '../../contracts/api/operator-actions.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { toldLines } from '../output/told-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface UnlockFlags extends SharedFlags {
  readonly reason: string;
}

/** `sluice unlock` */
export function addUnlock(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'unlock',
    summary:
      'Free the lock of an operation whose execution is dead. Its traffic is returned first. A rollback that still runs ends, and the service freezes. Any other operation that still runs is refused: abort it.',
    examples: ['unlock --reason "its execution was deleted"'],
  })
    .requiredOption('--reason <text>', 'why')
    .action(async (flags: UnlockFlags) => {
      const session = await openSession(world, flags);
      const path = `/api/services/${encodeURIComponent(await findServiceName(session))}/unlock`;
      print(session, await session.api.post(path, { reason: flags.reason }, unlockedSchema), unlockedLines);
    });
}

const unlockedLines = (unlocked: ApiUnlocked): string[] => [
  `${unlocked.service}: ${unlocked.outcome}`,
  ...toldLines(unlocked),
];
