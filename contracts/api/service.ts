import * as z from 'zod';
import { environmentNameSchema } from '../environment.ts';
import { operationSummarySchema } from './operation.ts';
import { windowsSchema } from './windows.ts';

/** An environment as the cluster has it. Nulls: nothing runs there, or it could not be read (`health` is `unknown` then). */
export const serviceEnvironmentSchema = z.object({
  version: z.string().nullable(),
  digest: z.string().nullable(),
  /** Percent of the traffic; null when the route could not be read. */
  weight: z.int().nullable(),
  /** Replicas that are ready; null when nobody knows. */
  ready: z.int().nullable(),
  health: z.enum(['healthy', 'progressing', 'degraded', 'absent', 'unknown']),
  /** Why it is not healthy, or not known. */
  reason: z.string().nullable(),
});

const freeze = z.object({
  reason: z.string(),
  /** The code that the reason names; null where it names none, and from an earlier API. */
  reasonCode: z.string().nullish(),
  operation: z.string().nullable(),
  by: z.string(),
  at: z.string(),
});

const apiContactSchema = z.object({
  level: z.int(),
  who: z.string(),
  how: z.array(z.string()),
  afterMs: z.int(),
});

/** `GET /api/services/:name`. */
export const serviceSchema = z.object({
  name: z.string(),
  repository: z.string(),
  /** `observe`: another pipeline carries releases in, and Sluice only watches. */
  mode: z.enum(['deploy', 'observe']).optional(),
  host: z.string().nullable(),
  /** The environment with all the traffic, by the live route; during a shift its origin. Null when nobody knows. */
  active: environmentNameSchema.nullable(),
  environments: z.object({ blue: serviceEnvironmentSchema, green: serviceEnvironmentSchema }),
  lock: z.object({
    /** The operation that holds it; null when it is free. */
    holder: z.string().nullable(),
    /** Null when it is free, and when Sluice itself holds it for a moment, without an operation. */
    kind: z.string().nullable(),
    epoch: z.int(),
    acquiredAt: z.string().nullable(),
    deadline: z.string().nullable(),
  }),
  /** The hotfix that waits before the lock, else the newest release that does; all that wait are in `inProgress`. */
  candidate: z.object({ operation: z.string(), version: z.string(), commit: z.string(), at: z.string() }).nullable(),
  /** What has not ended yet, newest first: what each does, or what it waits for, and what comes next. */
  inProgress: z.array(
    operationSummarySchema.pick({
      ...{ id: true, kind: true, release: true, state: true, abort: true, waiting: true, next: true },
    }),
  ),
  holds: z.array(
    z.object({
      version: z.string(),
      digest: z.string(),
      reason: z.string(),
      operation: z.string(),
      at: z.string(),
    }),
  ),
  frozen: freeze.nullable(),
  /** Null from an earlier API. */
  windows: windowsSchema.nullable().default(null),
  /** Whom to call, level by level: each when nobody has answered for so long since the page. */
  contacts: z.array(apiContactSchema).default([]),
  /** Where to look besides. */
  links: z.array(z.object({ name: z.string(), url: z.string() })).default([]),
  /** Why the live route could not be read, and what to do; null when it could. */
  problem: z.string().nullable(),
});

/** `GET /api/services`. */
export const serviceListSchema = z.object({ services: z.array(serviceSchema) });

/** `POST /api/services/:name/health-check`. */
export const healthCheckSchema = z.object({
  service: z.string(),
  environment: environmentNameSchema,
  version: z.string().nullable(),
  healthy: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      result: z.enum(['pass', 'fail', 'inconclusive']),
      reason: z.string(),
      at: z.string(),
    }),
  ),
});

export type ApiService = z.output<typeof serviceSchema>;
export type ApiContact = z.output<typeof apiContactSchema>;
export type ApiServiceEnvironment = z.output<typeof serviceEnvironmentSchema>;
export type ApiHealthCheck = z.output<typeof healthCheckSchema>;
