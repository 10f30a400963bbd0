import * as z from 'zod';
import { createProber } from '../../adapters/health/prober.ts';
import { createWorkflow } from '../../adapters/workflow/workflow.ts';
import { seconds } from '../../contracts/duration.ts';
import type { OperatorDeps } from '../../pipeline/ports.ts';
import type { Identify } from '../people/identify.ts';
import { whoAsks } from '../people/who-asks.ts';
import { clusterClientsOf } from '../runtime/cluster-clients.ts';
import { commonDeps } from '../runtime/common-deps.ts';
import { awsOptions, type Environment } from '../runtime/environment.ts';
import { functionLog } from '../runtime/log.ts';
import { readEnvironment } from '../runtime/read-environment.ts';
import { createServiceClusters } from '../runtime/service-cluster.ts';
import { anchoringDeps, announcingDeps, auditBucketOf } from '../runtime/store-effects.ts';

export interface ApiOperateDeps extends OperatorDeps {
  readonly identify: Identify;
}

const variables = {
  SLUICE_DEPLOYMENT_MACHINE: z.string().min(1),
  SLUICE_ROLLBACK_MACHINE: z.string().min(1),
  SLUICE_TRAFFIC_MACHINE: z.string().min(1),
};

export function createDeps(environment: Environment): ApiOperateDeps {
  const common = announcingDeps(environment, anchoringDeps(environment, commonDeps(environment)));
  const own = readEnvironment(environment, variables);
  return {
    ...common,
    identify: whoAsks(environment, common).identify,
    workflow: createWorkflow(awsOptions(environment, 'SFN')),
    deploymentMachine: own.SLUICE_DEPLOYMENT_MACHINE,
    rollbackMachine: own.SLUICE_ROLLBACK_MACHINE,
    trafficMachine: own.SLUICE_TRAFFIC_MACHINE,
    cluster: createServiceClusters({
      clientOf: clusterClientsOf(environment, common.configuration, seconds(3)),
      now: common.now,
      argocdNamespace: common.configuration.argocd.namespace,
    }),
    prober: createProber(),
    auditBucket: auditBucketOf(environment, common),
    pause: (duration) => new Promise((resolve) => setTimeout(resolve, duration)),
    newId: () => crypto.randomUUID(),
    log: functionLog,
  };
}
