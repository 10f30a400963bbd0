import type { Command } from 'commander';
import { operationSchema } from '../../contracts/api/operation.ts';
import { findUnfinished } from '../find.ts';
import { addServiceCommand } from '../options.ts';
import { orderedLines } from '../output/operation-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface PauseFlags extends SharedFlags {
  readonly reason: string;
}

interface PromoteFlags extends PauseFlags {
  readonly all: boolean;
}

/** `sluice pause` and `sluice promote` */
export function addShiftActions(program: Command, world: World): void {
  const steer = async (
    flags: PauseFlags,
    given: string | undefined,
    { word, body, did }: { word: 'pause' | 'promote'; body: object; did: string },
  ) => {
    const session = await openSession(world, flags);
    const id = given ?? (await findUnfinished(session, { what: 'operation that moves traffic', fits: isShifting })).id;
    const path = `/api/operations/${encodeURIComponent(id)}/${word}`;
    const steered = await session.api.post(path, { reason: flags.reason, ...body }, operationSchema);
    print(session, steered, (one) => orderedLines(did, one, world.now()));
  };
  const isShifting = ({ state }: { state: string }) => ['shifting-traffic', 'baking', 'keeping-split'].includes(state);

  addServiceCommand(program, {
    name: 'pause [operation]',
    summary:
      'Pause a shift: its target gets no more traffic until you resume it, or until `deadlines.pause`. Sluice keeps judging it. Without an id: the only operation that moves traffic.',
    examples: ['pause --reason "the support team reports slow pages, looking"'],
  })
    .requiredOption('--reason <text>', 'what you want to look at')
    .action((given: string | undefined, flags: PauseFlags) =>
      steer(flags, given, { word: 'pause', body: {}, did: 'It is paused: its target gets no more traffic.' }),
    );

  addServiceCommand(program, {
    name: 'promote [operation]',
    summary:
      'Skip the rest of the current step, or with --all every remaining step (admin). A bad release still goes back, and the bake is not shortened. Without an id: the only operation that moves traffic.',
    examples: [
      'promote --reason "20,000 answers without an error at 5 %"',
      'promote --all --reason "the fix has to be everywhere within minutes"',
    ],
  })
    .requiredOption('--reason <text>', 'why the rest may be skipped; it goes into the audit')
    .option('--all', 'skip every remaining step', false)
    .action((given: string | undefined, flags: PromoteFlags) =>
      steer(flags, given, {
        word: 'promote',
        body: { to: flags.all ? 'all' : 'next' },
        did: flags.all ? 'Every remaining step is skipped.' : 'The rest of its step is skipped.',
      }),
    );
}
