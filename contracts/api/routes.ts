import type * as z from 'zod';
import { auditSchema } from './audit.ts';
import { auditListSchema, listAuditSchema } from './audit-list.ts';
import { branchDecidedSchema, branchSchema, decideBranchSchema } from './branch.ts';
import { deliveryListSchema, listDeliveriesSchema } from './deliveries.ts';
import { goodVersionsSchema } from './good-versions.ts';
import { metricsSchema, readMetricsSchema } from './metrics.ts';
import { operationListSchema, operationSchema } from './operation.ts';
import {
  actionAnswerSchema,
  decideOperationSchema,
  holdVersionSchema,
  promoteSchema,
  reasonSchema,
  startStateSchema,
  unlockedSchema,
} from './operator-actions.ts';
import { overviewSchema, readOverviewSchema } from './overview.ts';
import { planSchema, readPlanSchema } from './plan.ts';
import { operationReadingsSchema } from './readings.ts';
import { deploymentRecordSchema } from './record.ts';
import {
  abortOperationSchema,
  checkHealthSchema,
  listOperationsSchema,
  startDeploymentSchema,
  startRollbackSchema,
  switchTrafficSchema,
} from './requests.ts';
import { healthCheckSchema, serviceListSchema, serviceSchema } from './service.ts';
import { abortedSchema, startedSchema } from './started.ts';
import { summarySchema } from './summary.ts';

/** One question that the control API answers. */
export interface ApiRoute {
  /** For programs that are made from the description: unique. */
  readonly id: string;
  /** In one sentence. */
  readonly summary: string;
  /** Who may ask: the role of sluice.yaml, or those above it; `approver` for whom a rule of the approval names. */
  readonly role: 'viewer' | 'deployer' | 'admin' | 'approver';
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  /** 200 without it; 202: what was asked for has begun and goes on. */
  readonly status?: 202;
  /** Asked again with the same `Idempotency-Key`, it does nothing twice. */
  readonly idempotent?: true;
  /** Jobs of GitHub Actions may ask it, about services of their own repository. */
  readonly jobs?: true;
}

const look = { role: 'viewer', jobs: true } as const;
const start = { role: 'deployer', answer: startedSchema, status: 202, idempotent: true } as const;
const control = { body: reasonSchema, answer: actionAnswerSchema } as const;
const steer = { body: reasonSchema, answer: operationSchema } as const;

/** Every question of the control API, by method and path. The functions are held against it, and `docs/reference/openapi.json` is made from it. */
export const apiRoutes: Readonly<Record<`${'GET' | 'POST'} /api/${string}`, ApiRoute>> = {
  'GET /api/overview': {
    ...look,
    id: 'readOverview',
    summary: 'One service and one operation, as the console shows them.',
    query: readOverviewSchema,
    answer: overviewSchema,
  },
  'GET /api/summary': {
    ...look,
    id: 'readSummary',
    summary: 'All services in a line each, without asking their clusters.',
    answer: summarySchema,
  },
  'GET /api/services': {
    ...look,
    id: 'listServices',
    summary: 'All services, as their clusters have them now.',
    answer: serviceListSchema,
  },
  'GET /api/services/:name': {
    ...look,
    id: 'readService',
    summary: 'One service: both sides, lock, holds, freeze, windows.',
    answer: serviceSchema,
  },
  'GET /api/services/:name/plan': {
    ...look,
    id: 'planDeployment',
    summary: 'What a deployment would do; nothing is started.',
    query: readPlanSchema,
    answer: planSchema,
  },
  'GET /api/services/:name/good-versions': {
    ...look,
    id: 'listGoodVersions',
    summary: 'The versions that a rollback can go to.',
    answer: goodVersionsSchema,
  },
  'GET /api/services/:name/audit': {
    ...look,
    id: 'readServiceAudit',
    summary: 'What was done to a service outside of operations, with its chain and seals.',
    answer: auditSchema,
  },
  'GET /api/services/:name/branches/:environment': {
    ...look,
    id: 'readBranch',
    summary: 'Foreign commits on the branch of an environment.',
    answer: branchSchema,
  },
  'POST /api/services/:name/branches/:environment': {
    id: 'decideBranch',
    summary: 'Proposes or resets foreign commits on a branch.',
    role: 'admin',
    body: decideBranchSchema,
    answer: branchDecidedSchema,
  },
  'POST /api/services/:name/traffic': {
    ...start,
    id: 'switchTraffic',
    summary: 'Moves a share of the traffic to one side by hand, for a while.',
    body: switchTrafficSchema,
  },
  'POST /api/services/:name/health-check': {
    id: 'checkHealth',
    summary: 'Runs every health check of an environment now.',
    role: 'deployer',
    body: checkHealthSchema,
    answer: healthCheckSchema,
  },
  'POST /api/services/:name/freeze': {
    ...control,
    id: 'freezeService',
    summary: 'Freezes a service: no deployment begins on it. Alerts and emergencies still return traffic.',
    role: 'deployer',
  },
  'POST /api/services/:name/unfreeze': {
    ...control,
    id: 'unfreezeService',
    summary: 'Ends the freeze of a service.',
    role: 'admin',
  },
  'POST /api/services/:name/holds': {
    ...control,
    id: 'holdVersion',
    summary: 'Puts a release on hold.',
    role: 'deployer',
    body: holdVersionSchema,
  },
  'POST /api/services/:name/holds/release': {
    ...control,
    id: 'releaseHold',
    summary: 'Releases the hold on a release.',
    role: 'admin',
    body: holdVersionSchema,
  },
  'POST /api/services/:name/unlock': {
    id: 'unlockService',
    summary: 'Takes the lock of a service from an operation that is dead.',
    role: 'admin',
    body: reasonSchema,
    answer: unlockedSchema,
  },
  'GET /api/operations': {
    ...look,
    id: 'listOperations',
    summary: 'Operations, the newest first.',
    query: listOperationsSchema,
    answer: operationListSchema,
  },
  'GET /api/operations/:id': {
    ...look,
    id: 'readOperation',
    summary: 'One operation with its timeline.',
    answer: operationSchema,
  },
  'GET /api/operations/:id/audit': {
    ...look,
    id: 'readOperationAudit',
    summary: 'The audit of an operation, with its chain and seals.',
    answer: auditSchema,
  },
  'GET /api/operations/:id/record': {
    ...look,
    id: 'readOperationRecord',
    summary: 'The whole record of an operation, as one document.',
    answer: deploymentRecordSchema,
  },
  'GET /api/operations/:id/readings': {
    ...look,
    id: 'readReadings',
    summary: 'The readings of both sides of an operation.',
    answer: operationReadingsSchema,
  },
  'POST /api/operations/:id/decision': {
    id: 'decideOperation',
    summary: 'Approves or rejects what the subject names.',
    role: 'approver',
    body: decideOperationSchema,
    answer: operationSchema,
  },
  'POST /api/operations/:id/abort': {
    id: 'abortOperation',
    summary: 'Ends an operation; traffic that has moved goes back.',
    role: 'deployer',
    body: abortOperationSchema,
    answer: abortedSchema,
    status: 202,
  },
  'POST /api/operations/:id/pause': {
    ...steer,
    id: 'pauseOperation',
    summary: 'Pauses a shift at its weight.',
    role: 'deployer',
  },
  'POST /api/operations/:id/resume': {
    ...steer,
    id: 'resumeOperation',
    summary: 'Resumes a paused operation.',
    role: 'deployer',
  },
  'POST /api/operations/:id/promote': {
    ...steer,
    id: 'promoteOperation',
    summary: 'Skips the rest of a step, or of all steps.',
    role: 'admin',
    body: promoteSchema,
  },
  'POST /api/operations/:id/override-window': {
    ...steer,
    id: 'overrideWindow',
    summary: 'Lets an operation continue although its window is closed.',
    role: 'admin',
  },
  'POST /api/deployments': {
    ...start,
    id: 'startDeployment',
    summary: 'Starts a deployment of what CI has built; a hotfix needs the role admin.',
    body: startDeploymentSchema,
    jobs: true,
  },
  'POST /api/rollbacks': {
    ...start,
    id: 'startRollback',
    summary: 'Goes back to a version: planned and approved, or at once.',
    body: startRollbackSchema,
    jobs: true,
  },
  'GET /api/audit': {
    ...look,
    id: 'listAudit',
    summary: 'Audit entries, across operations.',
    query: listAuditSchema,
    answer: auditListSchema,
  },
  'GET /api/metrics': {
    ...look,
    id: 'readMetrics',
    summary: 'Delivery metrics: frequency, lead time, failures, time to restore.',
    query: readMetricsSchema,
    answer: metricsSchema,
  },
  'GET /api/starts/:execution': {
    ...look,
    id: 'readStart',
    summary: 'What became of a start that has no operation yet.',
    answer: startStateSchema,
  },
  'GET /api/deliveries': {
    ...look,
    id: 'listDeliveries',
    summary: 'Recent webhook deliveries, and their results.',
    query: listDeliveriesSchema,
    answer: deliveryListSchema,
  },
};
