import * as z from 'zod';
import { auditSchema } from '../contracts/api/audit.ts';
import { auditListSchema } from '../contracts/api/audit-list.ts';
import { branchDecidedSchema, branchSchema } from '../contracts/api/branch.ts';
import { deliveryListSchema } from '../contracts/api/deliveries.ts';
import { metricsSchema } from '../contracts/api/metrics.ts';
import { operationSchema, operationSummarySchema } from '../contracts/api/operation.ts';
import { actionAnswerSchema, unlockedSchema } from '../contracts/api/operator-actions.ts';
import { planSchema } from '../contracts/api/plan.ts';
import { healthCheckSchema, serviceListSchema, serviceSchema } from '../contracts/api/service.ts';
import { abortedSchema, startedSchema } from '../contracts/api/started.ts';
import { environmentNameSchema } from '../contracts/environment.ts';
import { outcomes } from '../contracts/operation.ts';
import { faultSchema } from './commands/sandbox-fault.ts';
import { webhookAnswer } from './fire/deliver.ts';

/** With `--no-wait`, and where nothing is left to be watched: what was started; else the operation as it ended. */
const started = z.union([operationSchema, startedSchema]);
const operations = z.array(operationSummarySchema);
const nullable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable();

const problem = z.object({ path: z.string(), line: z.int().nullable(), message: z.string() });

const validated = z.object({
  file: z.string(),
  valid: z.boolean(),
  services: z.array(z.string()),
  problems: z.array(problem),
  warnings: z.array(z.string()),
});

const windows = z.object({
  services: z.array(
    z.object({
      name: z.string(),
      windows: serviceSchema.shape.windows,
      waiting: serviceSchema.shape.inProgress,
    }),
  ),
});

const proof = z.object({
  chain: z.string(),
  state: auditSchema.shape.state,
  count: z.int(),
  head: nullable(z.string()),
  onRecord: nullable(z.int()),
  broken: nullable(z.object({ at: z.int(), why: z.string() })),
  seals: nullable(z.object({ sealed: z.int(), late: z.int(), doubtful: z.array(z.string()) })),
  missing: z.array(z.string()),
  /** Null with --no-anchor, where no audit is anchored, and of a chain that is broken. */
  anchor: nullable(
    z.discriminatedUnion('kind', [
      z.object({ bucket: z.string(), kind: z.literal('anchored'), seq: z.int(), keptAt: z.number() }),
      z.object({ bucket: z.string(), kind: z.literal('none') }),
      z.object({ bucket: z.string(), kind: z.literal('tampered'), at: z.int(), why: z.string() }),
    ]),
  ),
  entries: auditSchema.shape.entries,
});

const findings = z.object({
  findings: z.array(
    z.object({
      what: z.string(),
      state: z.enum(['ok', 'missing', 'unknown']),
      detail: nullable(z.string()),
      fix: nullable(z.string()),
    }),
  ),
});

const patch = z.object({
  to: environmentNameSchema,
  program: z.literal('kubectl'),
  arguments: z.array(z.string()),
  patch: z.array(z.looseObject({ op: z.string(), path: z.string() })),
});

const drill = z.object({
  version: z.string(),
  operation: z.string(),
  target: environmentNameSchema,
  dependencies: z.array(z.string()),
  trafficBackMs: nullable(z.number()),
  awayMs: z.number(),
  spoilt: z.record(z.string(), z.number()),
  outcome: z.enum(outcomes),
  reason: nullable(z.string()),
  rollback: nullable(z.object({ id: z.string(), outcome: nullable(z.enum(outcomes)) })),
  endedAfterMs: z.number(),
  load: z.object({ sent: z.number(), failed: z.number() }),
});

/** A document of somebody else's form: Kubernetes', Prometheus', Alertmanager's. */
const manifest = z.looseObject({});

/** What each command prints with `--output json`, by its words. Of `audit export`, each line is one. */
export const jsonDocuments: Readonly<Record<string, z.ZodType>> = {
  abort: z.union([operationSchema, abortedSchema]),
  approve: operationSchema,
  'audit export': auditListSchema.shape.entries.unwrap().element,
  'audit list': z.object({ entries: auditListSchema.shape.entries }),
  'audit verify': proof,
  'branch propose': branchDecidedSchema,
  'branch reset': branchDecidedSchema,
  'branch show': branchSchema,
  'break-glass': patch,
  'cluster-roles': z.object({ apiVersion: z.literal('v1'), kind: z.literal('List'), items: z.array(manifest) }),
  deliveries: deliveryListSchema,
  deploy: z.union([operationSchema, startedSchema, planSchema]),
  doctor: findings,
  drill,
  freeze: actionAnswerSchema,
  'health-check': healthCheckSchema,
  hold: actionAnswerSchema,
  metrics: metricsSchema,
  'monitoring alertmanager': manifest,
  'monitoring rules': manifest,
  operation: operationSchema,
  operations: z.object({ operations }),
  'override-window': operationSchema,
  pause: operationSchema,
  plan: planSchema,
  promote: operationSchema,
  reject: operationSchema,
  'release-hold': actionAnswerSchema,
  report: z.object({ month: z.string(), metrics: metricsSchema, operations }),
  resume: operationSchema,
  rollback: started,
  'sandbox fire-alert': webhookAnswer,
  'sandbox fire-webhook': webhookAnswer,
  'sandbox set-fault': faultSchema,
  status: z.union([serviceListSchema, serviceSchema]),
  'switch-traffic': started,
  unfreeze: actionAnswerSchema,
  unlock: unlockedSchema,
  validate: validated,
  watch: operationSchema,
  windows,
};

/** The same as JSON Schema. */
export const jsonSchemaOf = (command: string, schema: z.ZodType) => ({
  $id: `sluice-${command.replaceAll(' ', '-')}.schema.json`,
  title: `sluice ${command} --output json`,
  ...z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }),
});
