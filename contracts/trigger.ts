import * as z from 'zod';
import { environmentNameSchema } from './environment.ts';
import { recordedFailureSchema } from './failure-reason.ts';
import { instantSchema } from './instant-schema.ts';
import { oneLine } from './one-line.ts';
import { commitSchema } from './release.ts';
import { versionSchema } from './version.ts';

/** `hotfix` may pass outside the windows, with reduced approvals and a justification. */
export const deploymentTypeSchema = z.enum(['standard', 'hotfix']);

export type DeploymentType = z.output<typeof deploymentTypeSchema>;

/** Going back to "whatever was good last" is a word, not a version (DESIGN §5, rollback). */
export const lastKnownGood = 'last-known-good';

const service = z.string().min(1);
const reason = z.string().overwrite(oneLine).trim().min(1).max(1_000);

/** A CI run ended well on a branch that is deployed. */
export const workflowRunTriggerSchema = z.object({
  kind: z.literal('workflow-run'),
  service,
  repository: z.string(),
  repositoryId: z.int(),
  runId: z.int(),
  runAttempt: z.int().min(1),
  commit: commitSchema,
  branch: z.string(),
  /** Path of the workflow file. */
  workflow: z.string(),
  /** GitHub login of who started the run; null when the payload names none. */
  actor: z.string().nullable(),
  runUrl: z.string(),
  /** A run on a hotfix branch starts a hotfix, where who started it may (docs/adr/0075). */
  type: deploymentTypeSchema.default('standard'),
  /** What the hotfix is for: the first line of its commit. */
  justification: reason.nullable().default(null),
});

/** A person wants a version deployed. */
export const personDeploymentTriggerSchema = z.object({
  kind: z.literal('person'),
  wants: z.literal('deployment'),
  service,
  version: versionSchema,
  type: deploymentTypeSchema.default('standard'),
  justification: reason.nullable().default(null),
  /** Why the release that is live counts as older, where Git cannot tell: a first adoption, a rewritten history. */
  liveIsOlder: reason.nullish(),
  /** Sign-in name that the API authenticated. */
  actor: z.string().min(1),
  at: instantSchema,
});

/** A person wants to go back. */
export const personRollbackTriggerSchema = z.object({
  kind: z.literal('person'),
  wants: z.literal('rollback'),
  service,
  version: z.union([versionSchema, z.literal(lastKnownGood)]),
  reason,
  /** An emergency skips the approval (I3) and returns the traffic at once. */
  emergency: z.boolean().default(false),
  /** Set by Sluice, once it has found that what an emergency wants runs nowhere and has to be deployed (docs/adr/0042). */
  deployFirst: z.boolean().optional(),
  /** Puts on hold what a planned rollback leaves, once all the traffic is off it; an emergency does so anyway (I6). */
  hold: z.boolean().default(false),
  actor: z.string().min(1),
  at: instantSchema,
});

/** A person wants `percentage` of the traffic on `to`: an operation of its own. */
export const personTrafficTriggerSchema = z.object({
  kind: z.literal('person'),
  wants: z.literal('traffic'),
  service,
  /** The environment that has all the traffic now. */
  from: environmentNameSchema,
  to: environmentNameSchema,
  percentage: z.int().min(1).max(100),
  /** A split is sent back at this instant (rule 5). */
  until: instantSchema,
  reason,
  actor: z.string().min(1),
  at: instantSchema,
});

/** Alertmanager says that something burns. */
export const alertTriggerSchema = z.object({
  kind: z.literal('alert'),
  service,
  /** The alert's `environment` label; null when it has none. */
  environment: environmentNameSchema.nullable(),
  /** The label where it is neither blue nor green, for people. */
  elsewhere: z.string().optional(),
  name: z.string(),
  severity: z.string(),
  fingerprint: z.string(),
  summary: z.string().nullable(),
  startsAt: instantSchema,
});

/**
 * Why an operation gives up by itself. `failed`: something was bad. `expired`: a split by hand or a pause was at its deadline, which
 * blames no release. `undecided`: a pause was, and the origin is not known to be good: the traffic stays, the service freezes (I7).
 * `origin-worse`: both sides were proven bad, and the target is the less bad one: it gets the traffic, the service freezes (I2).
 * `fault`: Sluice could not go on, since a task of it could not run or a dependency stayed away, which blames no release either.
 */
export const failureCauseSchema = z.enum(['failed', 'expired', 'undecided', 'origin-worse', 'fault', 'drift']);

/** A deployment or a switch failed after it had touched something; its rollback takes over. */
export const failureTriggerSchema = z.object({
  kind: z.literal('failure'),
  service,
  /** The operation that failed, whose outcome the rollback writes too. */
  operation: z.string().min(1),
  /** The environment with the failed release; null when only the route knows (its target). */
  failed: environmentNameSchema.nullable().default(null),
  cause: failureCauseSchema.default('failed'),
  reason: recordedFailureSchema,
});

/** A person stops an operation. */
export const abortTriggerSchema = z.object({
  kind: z.literal('abort'),
  service,
  operation: z.string().min(1),
  reason,
  actor: z.string().min(1),
  at: instantSchema,
});

/** An execution ended without telling anybody. */
export const deadExecutionTriggerSchema = z.object({
  kind: z.literal('dead-execution'),
  service,
  operation: z.string().min(1),
  executionArn: z.string(),
  status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
});

/** What starts the deployment machine. */
export const deploymentTriggerSchema = z.discriminatedUnion('kind', [
  workflowRunTriggerSchema,
  personDeploymentTriggerSchema,
]);

/** What starts the rollback machine. */
export const rollbackTriggerSchema = z.discriminatedUnion('kind', [
  personRollbackTriggerSchema,
  alertTriggerSchema,
  failureTriggerSchema,
  abortTriggerSchema,
  deadExecutionTriggerSchema,
]);

export type WorkflowRunTrigger = Readonly<z.output<typeof workflowRunTriggerSchema>>;
export type PersonDeploymentTrigger = Readonly<z.output<typeof personDeploymentTriggerSchema>>;
export type PersonRollbackTrigger = Readonly<z.output<typeof personRollbackTriggerSchema>>;
export type PersonTrafficTrigger = Readonly<z.output<typeof personTrafficTriggerSchema>>;
export type AlertTrigger = Readonly<z.output<typeof alertTriggerSchema>>;
export type FailureCause = z.output<typeof failureCauseSchema>;
export type FailureTrigger = Readonly<z.output<typeof failureTriggerSchema>>;
export type AbortTrigger = Readonly<z.output<typeof abortTriggerSchema>>;
export type DeadExecutionTrigger = Readonly<z.output<typeof deadExecutionTriggerSchema>>;
export type DeploymentTrigger = z.output<typeof deploymentTriggerSchema>;
export type RollbackTrigger = z.output<typeof rollbackTriggerSchema>;

/** Everything that can start an operation. */
export const triggerSchema = z.discriminatedUnion('kind', [
  workflowRunTriggerSchema,
  z.discriminatedUnion('wants', [
    personDeploymentTriggerSchema,
    personRollbackTriggerSchema,
    personTrafficTriggerSchema,
  ]),
  alertTriggerSchema,
  failureTriggerSchema,
  abortTriggerSchema,
  deadExecutionTriggerSchema,
]);

export type Trigger = z.output<typeof triggerSchema>;

/** Whether a trigger is of a hotfix, which passes the windows and is superseded by another hotfix only. */
export const isHotfix = (trigger: Trigger): boolean =>
  (trigger.kind === 'workflow-run' || (trigger.kind === 'person' && trigger.wants === 'deployment')) &&
  trigger.type === 'hotfix';

/** The type of the deployment that a trigger starts; `standard` for what starts none. */
export const deploymentTypeOf = (trigger: Trigger): DeploymentType => (isHotfix(trigger) ? 'hotfix' : 'standard');

/** Why a deployment is a hotfix; null where nobody says it. */
export const justificationOf = (trigger: Trigger): string | null =>
  trigger.kind === 'workflow-run' || (trigger.kind === 'person' && trigger.wants === 'deployment')
    ? trigger.justification
    : null;

/** The version that a person named; null when nobody did, or only as a word. What it is of is known once its release is found. */
export const wantedVersion = (trigger: Trigger): string | null =>
  trigger.kind === 'person' && trigger.wants !== 'traffic' && trigger.version !== lastKnownGood
    ? trigger.version
    : null;

/** Reads the trigger of an execution's input and says which kind of operation it starts; null when it is none. */
export function readTrigger(
  input: unknown,
): { kind: 'deployment' | 'rollback' | 'switch-traffic'; trigger: Trigger } | null {
  const kinds = {
    deployment: deploymentTriggerSchema,
    rollback: rollbackTriggerSchema,
    'switch-traffic': personTrafficTriggerSchema,
  } as const;
  for (const kind of ['deployment', 'rollback', 'switch-traffic'] as const) {
    const { data } = kinds[kind].safeParse(input);
    if (data !== undefined) return { kind, trigger: data };
  }
  return null;
}
