import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { GuardianDeps } from '../../pipeline/ports.ts';
import { channelsOf } from '../runtime/channels.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { keepEffects, ownAnchors } from '../runtime/store-effects.ts';

export function createDeps(environment: Environment): GuardianDeps {
  const own = requireVariables(
    environment,
    'SLUICE_DEPLOYMENT_MACHINE',
    'SLUICE_ROLLBACK_MACHINE',
    'SLUICE_TRAFFIC_MACHINE',
    'SLUICE_STANDBY_MACHINE',
  );
  const { deps: common, publishKept } = keepEffects(environment, commonDeps(environment));
  return {
    ...common,
    publishKept,
    anchors: ownAnchors(environment, common),
    log: functionLog,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    standbyMachine: own.SLUICE_STANDBY_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    operationMachines: [own.SLUICE_DEPLOYMENT_MACHINE, own.SLUICE_ROLLBACK_MACHINE, own.SLUICE_TRAFFIC_MACHINE],
    ...channelsOf(environment),
  };
}
