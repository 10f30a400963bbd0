import type { Command } from 'commander';
import { type ApiAborted, abortedSchema } from '../../contracts/api/started.ts';
import { findUnfinished } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { toldLines } from '../output/told-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';
import { followToEnd, type WaitFlags } from './start-and-watch.ts';

interface AbortFlags extends SharedFlags, WaitFlags {
  readonly reason: string;
}

/** `sluice abort` */
export function addAbort(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'abort [operation]',
    summary:
      'End an operation early. The traffic that it has moved goes back. A rollback ends where it is, and the service freezes. Without an id: the only unfinished operation.',
    examples: ['abort --reason "the wrong version"', 'abort 01kb3n4q7r8fz2m1x0ta --reason "the wrong version"'],
  })
    .requiredOption('--reason <text>', 'why')
    .option('--no-wait', 'do not wait until it has ended')
    .action(async (given: string | undefined, flags: AbortFlags) => {
      const session = await openSession(world, flags);
      const fits = () => true;
      const id = given ?? (await findUnfinished(session, { what: 'unfinished operation', fits })).id;
      const path = `/api/operations/${encodeURIComponent(id)}/abort`;
      const aborted = await session.api.post(path, { reason: flags.reason }, abortedSchema);
      if (!flags.wait) return print(session, aborted, abortedLines);
      if (flags.output === 'text') world.out(`${abortedLines(aborted).join('\n')}\n`);
      await followToEnd(session, { id: aborted.operation, execution: null, wanted: 'aborted' });
    });
}

const abortedLines = ({ operation, rollback, ...told }: ApiAborted): string[] => [
  `Operation ${operation} is being aborted.`,
  ...(rollback === null ? [] : [`Its traffic is returned by operation ${rollback.operation ?? rollback.execution}.`]),
  ...(told.did.length === 0 ? [] : toldLines(told)),
];
