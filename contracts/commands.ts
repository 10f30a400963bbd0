import * as z from 'zod';
import { environmentNameSchema } from './environment.ts';
import { failureReasonSchema as reason } from './failure-reason.ts';
import { outcomes } from './operation.ts';
import { failureCauseSchema, rollbackTriggerSchema } from './trigger.ts';

/**
 * What the state machines send to the functions. Every command names the execution that sends it; the operation's id follows
 * from its name and start, so that no state has to carry it and a command repeated is the same command (I10).
 */
export const executionSchema = z.object({
  /** ARN of the execution. */
  arn: z.string().min(1),
  name: z.string().min(1).max(80),
  /** RFC 3339, as `$states.context.Execution.StartTime` has it. */
  startedAt: z.string().min(1),
  /** Whose operation it is. */
  service: z.string().optional(),
});
export type Execution = Readonly<z.output<typeof executionSchema>>;

const command = <const Action extends string, Shape extends z.core.$ZodLooseShape>(action: Action, shape: Shape) =>
  z.object({ action: z.literal(action), execution: executionSchema, ...shape });

const service = z.string().min(1);
const taskToken = z.string().min(1);
const weight = z.int().min(0).max(100);
/** Whole seconds for which a rollback has waited until now, all in all; executions that began before an upgrade do not send it. */
const waited = z.int().min(0).default(0);
/** Triggers are parsed by the function that registers the operation: a bad one is refused there with its problems. */
const rawTrigger = z.unknown();

export const releaseCommandSchema = z.discriminatedUnion('action', [
  command('gather-evidence', { service, trigger: rawTrigger }),
  command('validate', {}),
  // A timer's, not a machine's: how long the token of GitHub lasts.
  z.object({ action: z.literal('look-at-token') }),
]);

export const operationCommandSchema = z.discriminatedUnion('action', [
  command('await-approval', { taskToken }),
  command('read-approval', {}),
  command('read-window', {}),
  command('await-window', { taskToken }),
  command('acquire-lock', {}),
  command('await-lock', { taskToken }),
  command('finalize-deployment', {}),
  command('end-before-lock', { service, trigger: rawTrigger, ending: z.enum(outcomes), reason }),
  command('end-after-return', { reason, cause: failureCauseSchema }),
  command('hold-release', {}),
  command('pause-for-fault', { reason }),
  // Empty: nothing went wrong after the return, and the reason is the one on record.
  command('finalize-rollback', { reason: z.literal('').or(reason) }),
  command('freeze', { service, trigger: rawTrigger, reason }),
  command('begin-switch', { service, trigger: rawTrigger }),
  command('plan-standby', { service, after: z.string() }),
]);

export const observeCommandSchema = z.discriminatedUnion('action', [
  command('observe-live', {}),
  command('recheck', {}),
  command('observe-foreign', {}),
  command('await-sync', {}),
  command('verify-standby', {}),
  command('await-capacity', { weight }),
  command('judge', { weight }),
  command('bake', {}),
  command('await-decision', {}),
  command('keep-split', {}),
  command('post-validate', {}),
  command('await-target', { waited }),
  command('verify-return', { waited }),
  command('diagnose', {}),
  command('compare-sides', { service, reason }),
  command('plan-rollback', {}),
]);

export const actCommandSchema = z.discriminatedUnion('action', [
  command('check-rights', {}),
  command('prepare-standby', {}),
  command('prepare-switch', {}),
  command('deploy-release', {}),
  command('raise-capacity', {}),
  command('set-weight', { weight, seq: z.int().min(1) }),
  command('ensure-target', { waited }),
  command('clean-up', {}),
  command('lower-standby', { service, after: z.string() }),
  // A timer's, not a machine's: how long the token of GitHub lasts.
  z.object({ action: z.literal('look-at-token') }),
]);

export const returnTrafficCommandSchema = z.discriminatedUnion('action', [
  command('check-rights', {}),
  command('return-traffic', { service, trigger: rollbackTriggerSchema }),
  command('reconcile', { service, trigger: rollbackTriggerSchema, reason }),
  command('give-up', { service, reason }),
  command('give-way', { environment: environmentNameSchema, reason }),
  // A timer's, not a machine's: it keeps the function's network (docs/adr/0030).
  z.object({ action: z.literal('keep-warm') }),
]);

export const notifyCommandSchema = z.discriminatedUnion('action', [
  command('request-approval', {}),
  command('remind-approvers', {}),
  command('report', {}),
  command('page', { service, reason }),
]);

export type ReleaseCommand = z.output<typeof releaseCommandSchema>;
export type OperationCommand = z.output<typeof operationCommandSchema>;
export type ObserveCommand = z.output<typeof observeCommandSchema>;
export type ActCommand = z.output<typeof actCommandSchema>;
export type ReturnTrafficCommand = z.output<typeof returnTrafficCommandSchema>;
export type NotifyCommand = z.output<typeof notifyCommandSchema>;
