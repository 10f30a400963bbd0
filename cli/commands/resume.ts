import type { Command } from 'commander';
import { operationSchema } from '../../contracts/api/operation.ts';
import { findUnfinished } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { orderedLines } from '../output/operation-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface ResumeFlags extends SharedFlags {
  readonly reason: string;
}

/** `sluice resume` */
export function addResume(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'resume [operation]',
    summary: 'Resume a paused operation. Sluice judges it as before. Without an id: the only paused operation.',
    examples: ['resume --reason "the origin was noisy, the target is fine"'],
  })
    .requiredOption('--reason <text>', 'what you have seen')
    .action(async (given: string | undefined, flags: ResumeFlags) => {
      const session = await openSession(world, flags);
      const fits = ({ pausedBecause }: { pausedBecause: string | null }) => pausedBecause !== null;
      const id = given ?? (await findUnfinished(session, { what: 'paused operation', fits })).id;
      const path = `/api/operations/${encodeURIComponent(id)}/resume`;
      const resumed = await session.api.post(path, { reason: flags.reason }, operationSchema);
      print(session, resumed, (one) => orderedLines('It continues, and Sluice judges it as before.', one, world.now()));
    });
}
