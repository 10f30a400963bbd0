import type { Command } from 'commander';
import { type ApiHealthCheck, healthCheckSchema } from '../../contracts/api/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { endedAs } from '../exit.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, environmentOption } from '../options.ts';
import { table } from '../output/table.ts';
import { openSession, print, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface HealthCheckFlags extends SharedFlags {
  readonly environment: EnvironmentName;
}

/** Checks may have to pass several times, each within its own limit. */
const budget = seconds(60);

/** `sluice health-check` */
export function addHealthCheck(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'health-check',
    summary:
      'Run the health checks of one environment now. It changes nothing, and exits with 4 if the environment is not healthy.',
    examples: ['health-check --environment blue'],
  })
    .addOption(environmentOption('--environment <name>', 'which one').makeOptionMandatory())
    .action(async (flags: HealthCheckFlags) => {
      const session = await openSession(world, flags);
      const { environment } = flags;
      const path = `/api/services/${encodeURIComponent(await findServiceName(session))}/health-check`;
      const found = await session.api.post(path, { environment }, healthCheckSchema, { within: budget });
      print(session, found, healthLines);
      if (found.healthy) return;
      const failed = found.checks.filter(({ result }) => result !== 'pass').map(({ name }) => name);
      throw endedAs('Unhealthy', `${environment} does not pass: ${failed.join(', ') || 'it has no checks'}.`);
    });
}

const healthLines = ({ service, environment, version, healthy, checks }: ApiHealthCheck): string[] => [
  `${service} ${environment} ${version ?? '(nothing runs there)'}: ${healthy ? 'healthy' : 'not healthy'}`,
  ...table(checks.map(({ name, result, reason }) => [`  ${name}`, result, reason])),
];
