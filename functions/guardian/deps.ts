import { createPagers } from '../../adapters/notice/create-pagers.ts';
import { createMailer } from '../../adapters/notice/mailer.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import type { GuardianDeps } from '../../pipeline/ports.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables, systemNow } from '../runtime/environment.ts';
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
  const { deps: common, tellKept } = keepEffects(environment, commonDeps(environment));
  return {
    ...common,
    tellKept,
    anchors: ownAnchors(environment, common),
    log: functionLog,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    standbyMachine: own.SLUICE_STANDBY_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    operationMachines: [own.SLUICE_DEPLOYMENT_MACHINE, own.SLUICE_ROLLBACK_MACHINE, own.SLUICE_TRAFFIC_MACHINE],
    mailer: createMailer({
      ...awsOptions(environment, 'SESV2'),
      configurationSet: environment.MAIL_CONFIGURATION_SET,
    }),
    pagers: createPagers({
      sns: awsOptions(environment, 'SNS'),
      secrets: awsOptions(environment, 'SECRETS_MANAGER'),
      now: systemNow,
    }),
  };
}
