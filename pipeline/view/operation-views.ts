import type { ApiOperation, ApiOperationSummary } from '../../contracts/api/operation.ts';
import { formatInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/operation.ts';
import { approvalProgress } from '../approval/approval-progress.ts';
import { findService, readOperation } from '../operation/operation-context.ts';
import type { OperatorDeps } from '../ports.ts';

/** The newest operations of a service, or of all, newest first. */
export async function listOperations(
  deps: OperatorDeps,
  { service, limit }: { service?: string | undefined; limit: number },
): Promise<ApiOperationSummary[]> {
  const names =
    service === undefined
      ? deps.configuration.services.map(({ name }) => name)
      : [findService(deps.configuration, service).name];
  const lists = await Promise.all(names.map((name) => deps.store.operations.list(name, limit)));
  return lists
    .flat()
    .sort((a, b) => (a.id < b.id ? 1 : -1))
    .slice(0, limit)
    .map(summaryOf);
}

/** One operation with everything that happened in it. @throws {NotFound} */
export async function readOperationView(deps: OperatorDeps, id: string): Promise<ApiOperation> {
  const { operation } = await readOperation(deps, id);
  const [entries, approval] = await Promise.all([deps.store.audit.list(id), deps.store.approvals.read(id)]);
  return {
    ...summaryOf(operation),
    timeline: entries.map(({ seq, at, actor, action, phase, details }) => ({
      seq,
      at: formatInstant(at),
      actor,
      action,
      phase,
      details: { ...details },
    })),
    approvals: approval === null ? null : approvalProgress(approval, deps.now()),
  };
}

/** What of a record is for people: no judgement in progress, no execution. */
function summaryOf(operation: OperationRecord): ApiOperationSummary {
  const { id, kind, service, actor, release, state, outcome, reason, startedAt, endedAt } = operation;
  const { origin, target, weights, checks, desired, related, pausedBecause, abort, diagnosis } = operation;
  return {
    id,
    kind,
    service,
    actor,
    release,
    state,
    outcome,
    reason,
    startedAt,
    endedAt,
    origin,
    target,
    weights,
    checks,
    desired,
    related,
    pausedBecause,
    abort,
    diagnosis,
  };
}
