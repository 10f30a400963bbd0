import { decisiveStates, type SluiceEvent } from '../../contracts/events/sluice-event.ts';
import type { OperationState } from '../../contracts/operation.ts';
import { reasonCodeOf } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';

/** Longest reason that is passed on; the operation and its audit have all of it. */
const longestReason = 1_000;
const schema = 1 as const;

const short = (reason: string): string => reason.slice(0, longestReason);

/** A reason, and its code, which a reason that is cut may have lost. */
const told = (reason: string) => ({ reason: short(reason), reasonCode: reasonCodeOf(reason) });

/** What an event says of its operation. */
function operationOf(record: OperationRecord) {
  const { id, kind, trigger, actor, startedAt, related, release, origin, target } = record;
  return { id, kind, trigger: trigger.kind, actor, startedAt, related, release, origin, target };
}

function about(record: OperationRecord, fact: string, at: string) {
  const { id, service } = record;
  return { schema, id: `${id}/${fact}`, at, service, operation: operationOf(record) };
}

/** An operation was registered. */
export const startedEvent = (record: OperationRecord): SluiceEvent => ({
  type: 'Operation Started',
  detail: about(record, 'started', record.startedAt),
});

/** It entered a state at `at`; null for a state that nobody waits for. */
export function stateEvent(record: OperationRecord, state: OperationState, at: string): SluiceEvent | null {
  if (!decisiveStates.some((decisive) => decisive === state)) return null;
  return { type: 'Operation State Changed', detail: { ...about(record, `${state}/${at}`, at), state } };
}

/** It was paused, or goes on. */
export function pauseEvent(record: OperationRecord, reason: string | null, at: string): SluiceEvent {
  return reason === null
    ? { type: 'Operation Resumed', detail: about(record, `resumed/${at}`, at) }
    : { type: 'Operation Paused', detail: { ...about(record, `paused/${at}`, at), ...told(reason) } };
}

/** It has its outcome (I5: the one); null while it has none. */
export function endedEvent(record: OperationRecord): SluiceEvent | null {
  const { outcome, reason, endedAt } = record;
  if (outcome === null || endedAt === null) return null;
  return {
    type: 'Operation Ended',
    detail: {
      ...about(record, 'ended', endedAt),
      outcome,
      ...(reason === null ? { reason, reasonCode: null } : told(reason)),
    },
  };
}

/** A service is frozen. `operation` is the one that froze it, null for a person. */
export const frozenEvent = (
  service: string,
  freeze: { readonly reason: string; readonly operation: string | null; readonly by: string; readonly at: string },
): SluiceEvent => ({
  type: 'Service Frozen',
  detail: {
    schema,
    id: `${service}/frozen/${freeze.at}`,
    at: freeze.at,
    service,
    ...told(freeze.reason),
    by: freeze.by,
    operationId: freeze.operation,
  },
});

export const unfrozenEvent = (service: string, at: string): SluiceEvent => ({
  type: 'Service Unfrozen',
  detail: { schema, id: `${service}/unfrozen/${at}`, at, service },
});

/** A release is not deployed again (I6). An operation holds a release once; a person may do it again later. */
export function heldEvent(
  service: string,
  hold: {
    readonly version: string;
    readonly digest: string;
    readonly reason: string;
    readonly operation: string;
    readonly at: string;
  },
): SluiceEvent {
  const { version, digest, reason, operation, at } = hold;
  const by = operation.startsWith('service:') ? at : operation;
  const id = `${service}/held/${digest}/${by}`;
  return { type: 'Release Held', detail: { schema, id, at, service, version, digest, reason: short(reason) } };
}

export const holdLiftedEvent = (service: string, digest: string, at: string): SluiceEvent => ({
  type: 'Release Hold Lifted',
  detail: { schema, id: `${service}/hold-lifted/${digest}/${at}`, at, service, digest },
});
