import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { observationDeadline, rollbackDeadline, switchDeadline } from '../../contracts/configuration/waits.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationKind, OperationState } from '../../contracts/operation.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Trigger } from '../../contracts/trigger.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import type { CommonDeps } from '../ports.ts';
import { note } from './audited.ts';
import { idOf } from './operation-context.ts';

/** What makes an operation. */
export interface Registration {
  readonly execution: Execution;
  readonly service: ServiceConfiguration;
  readonly trigger: Trigger;
  readonly kind: OperationKind;
  /** The operation that this one returns. */
  readonly related?: string | null;
  readonly reason?: string;
  /** Where the traffic goes, when it is known already. */
  readonly destination?: EnvironmentName;
}

/** Who or what a trigger comes from, as the audit names it. */
export function actorOf(trigger: Trigger): string {
  switch (trigger.kind) {
    case 'workflow-run':
      return trigger.actor === null ? 'github' : `github:${trigger.actor}`;
    case 'alert':
      return 'alertmanager';
    case 'person':
    case 'abort':
      return trigger.actor;
    case 'failure':
    case 'dead-execution':
      return 'sluice';
  }
}

/** A planned rollback begins as a deployment does; every other one returns the traffic at once. */
function firstStateOf(kind: OperationKind, trigger: Trigger): OperationState {
  if (kind === 'switch-traffic') return 'awaiting-lock';
  return kind === 'rollback' && !isPlanned(trigger) ? 'returning-traffic' : 'gathering-evidence';
}

/** When an operation is over even if its execution no longer runs (I11). */
export function deadlineOf({
  execution,
  service,
  kind,
  trigger,
}: Pick<Registration, 'execution' | 'service' | 'kind' | 'trigger'>): Date {
  const longest = {
    deployment: service.deadlines.operation,
    rollback: isPlanned(trigger) ? service.deadlines.operation : rollbackDeadline(service),
    'switch-traffic': switchDeadline(service),
    observation: observationDeadline(service),
  };
  return new Date(Date.parse(execution.startedAt) + longest[kind]);
}

/** Registers the operation of an execution; the second registration finds the first (I10). */
export async function registerOperation(deps: CommonDeps, registration: Registration): Promise<OperationRecord> {
  const { execution, service, trigger, related = null, reason = null, destination = null } = registration;
  // What starts a deployment elsewhere starts an observation where another pipeline carries releases in.
  const kind = service.mode === 'observe' && registration.kind === 'deployment' ? 'observation' : registration.kind;
  const state = firstStateOf(kind, trigger);
  const record: OperationRecord = {
    id: idOf(execution),
    kind,
    service: service.name,
    trigger,
    actor: actorOf(trigger),
    executionArn: execution.arn,
    startedAt: execution.startedAt,
    deadline: deadlineOf({ ...registration, kind }).toISOString(),
    state,
    stateSince: execution.startedAt,
    phases: [{ state, at: execution.startedAt }],
    committedAt: null,
    outcome: null,
    reason,
    endedAt: null,
    anchoredAt: null,
    release: null,
    live: null,
    contributors: null,
    origin: destination === null ? null : otherEnvironment(destination),
    target: destination,
    epoch: null,
    originReplicas: null,
    gitCommit: null,
    approved: null,
    formerCommit: null,
    keptWarmUntil: null,
    standbyCommit: null,
    standbySource: null,
    branch: null,
    shiftedAt: null,
    capacitySince: null,
    weights: null,
    checks: [],
    desired: null,
    judgement: null,
    windowOverride: null,
    measured: null,
    evidenceAwaitedSince: null,
    evidenceAwaited: [],
    syncAwaited: null,
    lockAwaitedSince: null,
    related,
    returnedBy: null,
    abort: null,
    promotion: null,
    askedAfter: null,
    pausedBecause: null,
    pausedAt: null,
    resumedAt: null,
    drifts: [],
    observation: null,
    diagnosis: [],
  };
  const registered = await deps.store.operations.register(record);
  if (registered.kind === 'known') return registered.record;
  await note(deps, {
    operation: record.id,
    action: 'register',
    actor: record.actor,
    ...(reason === null ? {} : { reason }),
    details: { kind, service: service.name, trigger },
  });
  return record;
}
