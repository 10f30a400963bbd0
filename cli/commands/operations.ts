import { type Command, Option } from 'commander';
import { operationSchema } from '../../contracts/api/operation.ts';
import { deploymentRecordSchema } from '../../contracts/api/record.ts';
import { printableJson } from '../../contracts/one-line.ts';
import { type Outcome, outcomes } from '../../contracts/operation.ts';
import { findCurrent } from '../find.ts';
import { addServiceCommand, parseMoment, parseWhole } from '../options.ts';
import { operationLines, operationTable } from '../output/operation-lines.ts';
import { readAllOperations } from '../read-pages.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { Watched } from '../watch.ts';
import type { World } from '../world.ts';
import { followToEnd } from './start-and-watch.ts';

interface ListFlags extends SharedFlags {
  readonly limit: number;
  readonly since?: string;
  readonly until?: string;
  readonly outcome?: Outcome;
}

interface ShowFlags extends SharedFlags {
  readonly watch: boolean;
  readonly record: boolean;
}

/** `sluice operations`, `sluice operation` and `sluice watch` */
export function addOperations(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'operations',
    summary: 'List the newest operations.',
    examples: ['operations --limit 5', 'operations --since 30d --outcome rolled-back --limit 1000'],
  })
    .option('--limit <count>', 'how many, at most 10,000', parseWhole(1, 10_000), 20)
    .option('--since <when>', 'only those that began then or later: a time, or how long ago', parseMoment)
    .option('--until <when>', 'only those that began before', parseMoment)
    .addOption(new Option('--outcome <outcome>', 'only those that ended so').choices(outcomes))
    .action(async (flags: ListFlags) => {
      const session = await openSession(world, flags);
      const { limit, since, until, outcome } = flags;
      const operations = await readAllOperations(session, { limit, since, until, outcome });
      const only = since || until || outcome ? 'some' : 'all';
      print(session, { operations }, (list) => operationTable(list.operations, only));
    });

  addServiceCommand(program, {
    name: 'operation [id]',
    summary:
      'Show one operation with its checks, approvals and timeline. --watch follows it until it ends, and exits with 4 unless it succeeds. Without an id: the operation in progress, or else the last one.',
    examples: ['operation 01kb3n4q7r8fz2m1x0ta', 'operation --watch', 'operation 01kb3n4q7r8fz2m1x0ta --record'],
  })
    .option('-w, --watch', 'follow it; Ctrl-C does not stop the operation', false)
    .addOption(
      new Option('--record', 'print all that is kept of it as one JSON document, for an archive')
        .default(false)
        .conflicts('watch'),
    )
    .action(async (given: string | undefined, flags: ShowFlags) => {
      const session = await openSession(world, flags);
      const { id, ...how } = await chosen(session, given);
      if (flags.record) {
        const path = `/api/operations/${encodeURIComponent(id)}/record`;
        return print(session, await session.api.get(path, deploymentRecordSchema), (one) => [printableJson(one)]);
      }
      if (flags.watch) return followToEnd(session, { id, ...how });
      print(session, await session.api.get(`/api/operations/${encodeURIComponent(id)}`, operationSchema), (one) =>
        operationLines(one, world.now()),
      );
    });

  addServiceCommand(program, {
    name: 'watch [id]',
    summary:
      'Follow an operation until it ends, and exit with 4 unless it succeeds. A terminal shows a tree of its parts, both sides and readings; a pipe gets a line for each change. Without an id: the operation in progress, or else the last one.',
    examples: ['watch', 'watch 01kb3n4q7r8fz2m1x0ta'],
  }).action(async (given: string | undefined, flags: SharedFlags) => {
    const session = await openSession(world, flags);
    await followToEnd(session, await chosen(session, given));
  });
}

/** Without an id in the command, says which operation is followed. Where it is being aborted, that is the wanted outcome. */
async function chosen(session: Session, given: string | undefined): Promise<Watched> {
  if (given !== undefined) return { id: given, execution: null, wanted: 'succeeded' };
  const { id, abort } = await findCurrent(session);
  return { id, execution: null, wanted: abort === null ? 'succeeded' : 'aborted', found: 'named' };
}
