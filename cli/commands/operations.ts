import type { Command } from 'commander';
import { operationListSchema, operationSchema } from '../../contracts/api/operation.ts';
import { findCurrent } from '../find.ts';
import { addServiceCommand, parseWhole } from '../options.ts';
import { operationLines, operationTable } from '../output/operation-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';
import { followToEnd } from './start-and-watch.ts';

interface ListFlags extends SharedFlags {
  readonly limit: number;
}

interface ShowFlags extends SharedFlags {
  readonly watch: boolean;
}

/** `sluice operations` and `sluice operation` */
export function addOperations(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'operations',
    summary: 'List the newest operations.',
    examples: ['operations --limit 5'],
  })
    .option('--limit <count>', 'how many, at most 100', parseWhole(1, 100), 20)
    .action(async (flags: ListFlags) => {
      const session = await openSession(world, flags);
      const service = flags.service ?? world.env.SLUICE_SERVICE;
      const query = new URLSearchParams({ limit: String(flags.limit), ...(service ? { service } : {}) });
      const list = await session.api.get(`/api/operations?${query}`, operationListSchema);
      print(session, list, ({ operations }) => operationTable(operations));
    });

  addServiceCommand(program, {
    name: 'operation [id]',
    summary:
      'Show one operation with its checks, approvals and timeline; with --watch until it ends (4 unless it succeeds). Without an id: what is under way, or else came last.',
    examples: ['operation 01kb3n4q7r8fz2m1x0ta', 'operation --watch'],
  })
    .option('-w, --watch', 'follow it; interrupting that does not touch the operation', false)
    .action(async (given: string | undefined, flags: ShowFlags) => {
      const session = await openSession(world, flags);
      const id = given ?? (await findCurrent(session)).id;
      if (flags.watch) return followToEnd(session, { id, execution: null, wanted: 'succeeded' });
      print(session, await session.api.get(`/api/operations/${encodeURIComponent(id)}`, operationSchema), (one) =>
        operationLines(one, world.now()),
      );
    });
}
