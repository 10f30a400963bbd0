import { type Command, Option } from 'commander';
import { type ApiPlan, planSchema } from '../../contracts/api/plan.ts';
import { seconds } from '../../contracts/duration.ts';
import { type DeploymentType, deploymentTypeSchema } from '../../contracts/trigger.ts';
import { refusedBy } from '../exit.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, parseVersion } from '../options.ts';
import { planLines } from '../output/plan-lines.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

export interface PlanFlags extends SharedFlags {
  readonly version: string;
  readonly type: DeploymentType;
  readonly liveIsOlder?: string;
}

/** `sluice plan`: what `sluice deploy --dry-run` prints, too. */
export function addPlan(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'plan',
    summary:
      'Show what a deployment would do if you started it now: what changes, its checks, who approves, each step, and how to roll back. It starts nothing, and exits with 3 if the deployment would be refused.',
    examples: ['plan --version v2.1.0', 'plan --version v2.1.1 --type hotfix --output json'],
  })
    .requiredOption('--version <version>', 'which one, e.g. v2.1.0', parseVersion)
    .addOption(
      new Option('--type <type>', 'a hotfix may go outside the windows')
        .choices(deploymentTypeSchema.options)
        .default('standard'),
    )
    .option('--live-is-older <why>', 'plan as if the live release were declared older, if Git cannot tell')
    .action(async (flags: PlanFlags) => showPlan(await openSession(world, flags), flags));
}

/** Asks for the plan and prints it. @throws {CliError} refused, where the deployment would be. */
export async function showPlan(session: Session, { version, type, liveIsOlder }: PlanFlags): Promise<void> {
  const service = await findServiceName(session);
  const query = new URLSearchParams({ version, type, ...(liveIsOlder === undefined ? {} : { liveIsOlder }) });
  const path = `/api/services/${encodeURIComponent(service)}/plan?${query}`;
  // It asks GitHub, the registry, the cluster and the metrics before it answers.
  const plan = await session.api.get(path, planSchema, { within: seconds(30) });
  print(session, plan, (found) => planLines(found, session.world.now()));
  refuseWhatWouldBe(plan);
}

function refuseWhatWouldBe({ refusals, version }: ApiPlan): void {
  if (refusals.length === 0) return;
  throw refusedBy('WouldBeRefused', `${version} would not be deployed: ${refusals.join(' ')}`, 'Nothing was started.');
}
