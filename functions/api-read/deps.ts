import * as z from 'zod';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import { seconds } from '../../contracts/duration.ts';
import type { ViewDeps } from '../../pipeline/ports.ts';
import { type WhoAsks, whoAsks } from '../people/who-asks.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { readEnvironment } from '../runtime/read-environment.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { auditBucketOf } from '../runtime/store-effects.ts';
import { type ConsoleFiles, readConsoleFiles } from './console-files.ts';

export interface ApiReadDeps extends ViewDeps, WhoAsks {
  /** Empty where no console is served. */
  readonly consoleFiles: ConsoleFiles;
  /** The file of the packed command line; null where none is served. */
  readonly commandLine: string | null;
}

const variables = {
  SLUICE_DEPLOYMENT_MACHINE: z.string().min(1),
  SLUICE_ROLLBACK_MACHINE: z.string().min(1),
  SLUICE_TRAFFIC_MACHINE: z.string().min(1),
  /** Folder of the console's files; without it there is no page. */
  SLUICE_CONSOLE: z.string().min(1).optional(),
  /** The packed command line (`npm run pack:cli`); without it none is served. */
  SLUICE_COMMAND_LINE: z.string().min(1).optional(),
};

export function createDeps(environment: Environment): ApiReadDeps {
  const common = commonDeps(environment);
  const own = readEnvironment(environment, variables);
  return {
    ...common,
    ...whoAsks(environment, common),
    consoleFiles: own.SLUICE_CONSOLE === undefined ? new Map() : readConsoleFiles(own.SLUICE_CONSOLE),
    commandLine: own.SLUICE_COMMAND_LINE ?? null,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    trafficMachine: own.SLUICE_TRAFFIC_MACHINE,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    auditBucket: auditBucketOf(environment, common),
    log: functionLog,
  };
}
