import { type Command, Option } from 'commander';
import { startDeploymentSchema } from '../../contracts/api/requests.ts';
import { type DeploymentType, deploymentTypeSchema } from '../../contracts/trigger.ts';
import { findServiceName } from '../find.ts';
import { addServiceCommand, checkRequest, parseVersion } from '../options.ts';
import { openSession, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';
import { showPlan } from './plan.ts';
import { startAndWatch, type WaitFlags } from './start-and-watch.ts';

interface DeployFlags extends SharedFlags, WaitFlags {
  readonly version: string;
  readonly type: DeploymentType;
  readonly justification?: string;
  readonly liveIsOlder?: string;
  readonly dryRun: boolean;
}

/** `sluice deploy` */
export function addDeploy(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'deploy',
    summary:
      'Deploy a version that CI has built. Sluice validates it, asks for approvals, and shifts the traffic step by step.',
    examples: [
      'deploy --version v2.1.0',
      'deploy --version v2.1.0 --dry-run   # says what it would be, and starts nothing',
      'deploy --version v2.1.1 --type hotfix --justification "v2.1.0 rejects DICOM files"',
      'deploy --version v2.1.0 --live-is-older "what runs was built by hand, before Sluice"',
    ],
  })
    .requiredOption('--version <version>', 'which one, e.g. v2.1.0', parseVersion)
    .addOption(
      new Option('--type <type>', 'a hotfix may go outside the windows')
        .choices(deploymentTypeSchema.options)
        .default('standard'),
    )
    .option('--justification <text>', 'why it is a hotfix')
    .option('--live-is-older <why>', 'declare that the live release is older, if Git cannot tell; say why')
    .option('--no-wait', 'start it and do not follow it')
    .option('--dry-run', 'start nothing, and show what it would do: sluice plan', false)
    .action(async (flags: DeployFlags) => {
      const { version, type, justification = null, liveIsOlder = null } = flags;
      checkRequest(startDeploymentSchema, { service: 'any', version, type, justification, liveIsOlder });
      const session = await openSession(world, flags);
      if (flags.dryRun) return showPlan(session, flags);
      const body = { service: await findServiceName(session), version, type, justification, liveIsOlder };
      await startAndWatch(session, { path: '/api/deployments', body }, flags);
    });
}
