import type { Command } from 'commander';
import type { ApiOperation } from '../../contracts/api/operation.ts';
import { type SwitchTraffic, switchTrafficSchema } from '../../contracts/api/requests.ts';
import { startedSchema } from '../../contracts/api/started.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, checkRequest, environmentOption, parseWhole } from '../options.ts';
import { operationLines } from '../output/operation-lines.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import { judgeEnding, watchOperation } from '../watch.ts';
import type { World } from '../world.ts';
import { startedLines, type WaitFlags } from './start-and-watch.ts';

interface SwitchFlags extends SharedFlags, WaitFlags {
  readonly fromEnv: EnvironmentName;
  readonly toEnv: EnvironmentName;
  readonly percentage: number;
  readonly reason: string;
  readonly for?: string;
}

/** `sluice switch-traffic` */
export function addSwitchTraffic(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'switch-traffic',
    summary:
      'Move a share of the traffic by hand. Sluice judges it the whole time. A split goes back at its deadline; the same command changes it or sends it back.',
    examples: [
      'switch-traffic --from-env green --to-env blue --percentage 50',
      'switch-traffic --from-env green --to-env blue --percentage 50 --reason "comparing latencies" --for 10m',
      'switch-traffic --from-env blue --to-env green --percentage 100 --reason "compared"',
    ],
  })
    .addOption(environmentOption('--from-env <name>', 'where the traffic is').makeOptionMandatory())
    .addOption(environmentOption('--to-env <name>', 'where it is to go').makeOptionMandatory())
    .requiredOption('--percentage <percent>', 'its share afterwards, 0 to 100', parseWhole(0, 100))
    .option('--reason <text>', 'why; it goes into the audit', 'no reason was given')
    .option('--for <duration>', 'how long a split stays, e.g. 10m; at most deadlines.switch')
    .option('--no-wait', 'start it and do not follow it')
    .action(async (flags: SwitchFlags) => {
      const { fromEnv: from, toEnv: to, percentage, reason } = flags;
      const body: SwitchTraffic = {
        from,
        to,
        percentage,
        reason,
        ...(flags.for === undefined ? {} : { for: flags.for }),
      };
      checkRequest(switchTrafficSchema, body);
      const session = await openSession(world, flags);
      const path = `/api/services/${encodeURIComponent(await findServiceName(session))}/traffic`;
      const started = await session.api.post(path, body, startedSchema, { key: world.newId() });
      if (!flags.wait || started.operation === null) return print(session, started, startedLines);
      const id = started.operation;
      const reached = (operation: ApiOperation) => hasSplit(operation, body);
      const watched = { id, execution: started.execution, wanted: 'succeeded', found: 'told', reached } as const;
      const seen = await watchOperation(session, watched);
      if (flags.output === 'json') print(session, seen, (one) => operationLines(one, world.now()));
      if (seen.outcome !== null) return judgeEnding(seen, 'succeeded');
      if (flags.output === 'text') world.out(`Watch it: sluice operation ${id} --watch\n`);
    });
}

/** Whether the split that was asked for is there; all of the traffic on one side is no split, but an end. */
function hasSplit({ state, weights, desired }: ApiOperation, { to, percentage }: SwitchTraffic): boolean {
  const isEnd = percentage === 0 || percentage === 100;
  return !isEnd && state === 'keeping-split' && weights?.[to] === percentage && desired !== null;
}
