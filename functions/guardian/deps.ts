import { createMailer } from '../../adapters/mail/mailer.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { anchoring, anchoringAside, ownAnchors } from '../shared/anchor-audit.ts';
import { announcing, ownBus, tellLater } from '../shared/announce.ts';
import { asideLater } from '../shared/aside.ts';
import { commonDeps } from '../shared/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../shared/environment.ts';
import { lateWorkflow } from '../shared/late-deps.ts';
import { functionLog } from '../shared/log.ts';
import { createPagers, type PagingDeps } from '../shared/page-on-call.ts';
import type { AnchorLateDeps } from './anchor-late.ts';

export interface GuardianDeps extends PagingDeps, AnchorLateDeps {
  readonly workflow: Workflow;
  /** ARN of the rollback machine. */
  readonly rollbackMachine: string;
  /** ARN of the standby machine. */
  readonly standbyMachine: string;
  /** ARNs of the machines the executions of which are operations. */
  readonly operationMachines: readonly string[];
  /** Tells others of what was written, and anchors what has ended, once the rescue is on its way. */
  readonly tellKept: () => Promise<void>;
}

export function createDeps(environment: Environment): GuardianDeps {
  const own = requireVariables(
    environment,
    'SLUICE_DEPLOYMENT_MACHINE',
    'SLUICE_ROLLBACK_MACHINE',
    'SLUICE_TRAFFIC_MACHINE',
    'SLUICE_STANDBY_MACHINE',
  );
  const { tell, tellKept } = tellLater(ownBus(environment));
  const common = commonDeps(environment);
  const anchors = ownAnchors(environment, common);
  const { aside, doKept } = asideLater(anchoringAside);
  return {
    ...announcing(anchoring(common, anchors, aside), tell),
    tellKept: async () => void (await Promise.all([tellKept(), doKept()])),
    anchors,
    log: functionLog,
    workflow: lateWorkflow(awsOptions(environment, 'SFN')),
    standbyMachine: own.SLUICE_STANDBY_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    operationMachines: [own.SLUICE_DEPLOYMENT_MACHINE, own.SLUICE_ROLLBACK_MACHINE, own.SLUICE_TRAFFIC_MACHINE],
    mailer: createMailer(awsOptions(environment, 'SESV2')),
    pagers: createPagers(awsOptions(environment, 'SNS')),
  };
}
