import * as z from 'zod';
import { environmentNames } from '../names.ts';
import { operationKinds, operationStates, outcomes } from '../operation.ts';

/** What Sluice tells the outside of itself, on its own bus. Rules match on this source and on the detail types below. */
export const eventSource = 'sluice';

/** States that others wait for: a person is asked, the traffic begins to move, it is back and looked at. */
export const decisiveStates = ['awaiting-approval', 'shifting-traffic', 'verifying-return'] as const;

const about = {
  /**
   * Of the details. It rises only when a field changes its meaning or goes; fields may join without, so that receivers let pass what
   * they do not know.
   */
  schema: z.literal(1),
  /** The same however often the same fact is told: what a receiver has seen it can leave. */
  id: z.string().min(1),
  /** RFC 3339: when it happened, not when it was told. Events may arrive in another order. */
  at: z.iso.datetime(),
  service: z.string().min(1),
};

const operation = z.object({
  id: z.string().min(1),
  kind: z.enum(operationKinds),
  /** What it was started by, and by whom: a mail address, `github:login`, `alertmanager` or `sluice`. */
  trigger: z.string(),
  actor: z.string(),
  startedAt: z.iso.datetime(),
  /** The operation that this one returns. */
  related: z.string().nullable(),
  release: z
    .object({
      version: z.string(),
      commit: z.string(),
      digest: z.string(),
      chartTree: z.string().nullable().optional(),
    })
    .nullable(),
  origin: z.enum(environmentNames).nullable(),
  target: z.enum(environmentNames).nullable(),
});
const reason = z.string().nullable();
/** The code that the reason names (docs/runbooks/reason-codes.md); earlier events have none. */
const reasonCode = z.string().nullable().optional();

/** The details by their types. The types are an interface: they stay. */
export const sluiceEventDetails = {
  'Operation Started': z.object({ ...about, operation }),
  'Operation State Changed': z.object({ ...about, operation, state: z.enum(operationStates) }),
  'Operation Paused': z.object({ ...about, operation, reason, reasonCode }),
  'Operation Resumed': z.object({ ...about, operation }),
  'Operation Ended': z.object({ ...about, operation, outcome: z.enum(outcomes), reason, reasonCode }),
  'Service Frozen': z.object({
    ...about,
    reason: z.string(),
    reasonCode,
    by: z.string(),
    operationId: z.string().nullable(),
  }),
  'Service Unfrozen': z.object(about),
  'Release Held': z.object({ ...about, version: z.string(), digest: z.string(), reason: z.string() }),
  'Release Hold Lifted': z.object({ ...about, digest: z.string() }),
} as const;

export type SluiceEventType = keyof typeof sluiceEventDetails;

/** One event: its type and what goes with it. */
export type SluiceEvent = {
  [Type in SluiceEventType]: { readonly type: Type; readonly detail: z.output<(typeof sluiceEventDetails)[Type]> };
}[SluiceEventType];
