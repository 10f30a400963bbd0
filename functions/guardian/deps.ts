import { createMailer } from '../../adapters/mail/mailer.ts';
import type { Workflow } from '../../adapters/workflow/workflow.ts';
import { announcing, ownBus, tellLater } from '../../pipeline/notice/announce.ts';
import { createPagers, type PagingDeps } from '../../pipeline/notice/page-on-call.ts';
import { anchoring, anchoringAside, ownAnchors } from '../../pipeline/operation/anchor-audit.ts';
import { asideLater } from '../../pipeline/operation/aside.ts';
import type { AnchorLateDeps } from '../../pipeline/rescue/anchor-late.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment, requireVariables } from '../runtime/environment.ts';
import { lateWorkflow } from '../runtime/late-deps.ts';
import { functionLog } from '../runtime/log.ts';

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
