import type { z } from 'zod';
import type { ApiOperation, ApiOperationSummary, operationListSchema } from '../../contracts/api/operation.ts';
import type { listOperationsSchema } from '../../contracts/api/requests.ts';
import { momentOf, refuseEmptyTime } from '../../contracts/api/since.ts';
import { NotFound } from '../../contracts/errors.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { reasonCodeOf } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { wantedVersion } from '../../contracts/trigger.ts';
import { sentence } from '../../contracts/words.ts';
import { nextStep } from '../../core/operation/next-step.ts';
import { shownState } from '../../core/operation/waiting.ts';
import { approvalProgress } from '../approval/approval-progress.ts';
import { readSubjectFacts } from '../approval/subject-facts.ts';
import { versionOn } from '../notice/serving.ts';
import { findService } from '../operation/operation-context.ts';
import { readWaiting } from '../operation/read-waiting.ts';
import type { ViewDeps } from '../ports.ts';
import { readJudging } from '../shift/judging-state.ts';
import { doubtOf, readProven } from './audit-view.ts';
import { absenceOf } from './deliveries-view.ts';
import { ifReadable } from './if-readable.ts';

/** The newest operations of a service, or of all, newest first: of a time, with an outcome, page by page where that is asked for. */
export async function listOperations(
  deps: ViewDeps,
  { service, limit, since, until, outcome, before }: z.output<typeof listOperationsSchema>,
): Promise<z.output<typeof operationListSchema>> {
  const now = deps.now();
  const range = {
    ...{ limit, outcome, before },
    from: since && momentOf(since, now),
    to: until && momentOf(until, now),
  };
  refuseEmptyTime(range.from, range.to, now);
  const names =
    service === undefined
      ? deps.configuration.services.map(({ name }) => name)
      : [findService(deps.configuration, service).name];
  const pages = await Promise.all(names.map((name) => deps.store.operations.page(name, range)));
  const found = pages.flatMap(({ operations }) => operations).sort((a, b) => (a.id < b.id ? 1 : -1));
  const newest = found.slice(0, limit);
  const more = found.length > limit || pages.some(({ next }) => next !== null);
  return {
    operations: await Promise.all(
      newest.map((operation, index) => summaryOf(deps, operation, outcome === undefined ? found.slice(index + 1) : [])),
    ),
    next: more ? (newest.at(-1)?.id ?? null) : null,
  };
}

/** One operation with everything that happened in it. @throws {NotFound} */
export async function readOperationView(deps: ViewDeps, id: string): Promise<ApiOperation> {
  const operation = await deps.store.operations.read(id);
  if (operation === null) {
    const why = await absenceOf(deps, id);
    throw new NotFound(sentence(`There is no operation ${id}${why === null ? '' : `: ${why}`}`));
  }
  const [{ entries, proofs }, approval, summary] = await Promise.all([
    readProven(deps.store, id),
    ifReadable(deps, deps.store.approvals.read(id)),
    summaryOf(deps, operation),
  ]);
  const service = deps.configuration.services.find(({ name }) => name === operation.service);
  return {
    ...summary,
    execution: operation.executionArn,
    timeline: entries.map(({ seq, at, actor, action, phase, details }, index) => ({
      seq,
      at: formatInstant(at),
      actor,
      action,
      phase,
      details: { ...details },
      doubt: proofs?.[index] === undefined ? null : doubtOf(proofs[index], deps.now()),
    })),
    approvals:
      approval === null
        ? null
        : {
            ...approvalProgress(deps.configuration, approval, deps.now()),
            subject: await ifReadable(deps, readSubjectFacts(deps.store, approval, service ?? null)),
          },
  };
}

/** The part of a record that people see, without the judgement in progress and the execution. `older`: earlier operations that are known already, newest first. */
export async function summaryOf(
  deps: ViewDeps,
  operation: OperationRecord,
  older: readonly OperationRecord[] = [],
): Promise<ApiOperationSummary> {
  const { id, kind, service, actor, release, outcome, reason, startedAt, endedAt } = operation;
  const { origin, target, weights, checks, desired, related, pausedBecause, abort, diagnosis, observation } = operation;
  return {
    id,
    kind,
    service,
    actor,
    release,
    wanted: wantedVersion(operation.trigger),
    returnsTo: await returnsTo(deps, operation, older),
    state: shownState(operation),
    outcome,
    reason,
    reasonCode: reasonCodeOf(reason),
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
    observation,
    waiting: await waitingOf(deps, operation),
    next: nextOf(deps, operation),
  };
}

/** How many operations back somebody looks for what put a side's release there. */
const lookedThrough = 20;

/** What a rollback gives the traffic to. One without a release of its own goes back to what runs there: what came before it has put it there. */
async function returnsTo(
  deps: ViewDeps,
  operation: OperationRecord,
  older: readonly OperationRecord[],
): Promise<string | null> {
  const { id, kind, release, target, service } = operation;
  if (kind !== 'rollback') return null;
  if (release !== null) return release.version;
  if (target === null) return null;
  const known = versionOn(
    target,
    older.filter((one) => one.service === service),
  );
  if (known !== null) return known;
  const page = await ifReadable(deps, deps.store.operations.page(service, { before: id, limit: lookedThrough }));
  return versionOn(target, page?.operations ?? []);
}

/** What a shift does next by itself. */
export function nextOf({ configuration, now }: ViewDeps, operation: OperationRecord): ApiOperationSummary['next'] {
  const service = configuration.services.find(({ name }) => name === operation.service);
  // Without a judgement nothing has begun to be judged.
  const since = operation.judgement === null ? null : readJudging(operation, now()).since;
  const next = service === undefined ? null : nextStep(operation, service, since);
  return next && { text: next.text, at: formatInstant(next.at), done: formatInstant(next.done) };
}

/** A service that was taken out of sluice.yaml keeps its operations, of which nobody knows the deadlines any more. */
async function waitingOf(deps: ViewDeps, operation: OperationRecord): Promise<ApiOperationSummary['waiting']> {
  const service = deps.configuration.services.find(({ name }) => name === operation.service);
  return service === undefined ? null : ifReadable(deps, readWaiting(deps, service, operation));
}
