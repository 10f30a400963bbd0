import type { ApiAborted, ApiStarted } from '../../contracts/api/started.ts';
import { NotFound, WriteConflict } from '../../contracts/errors.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { abortTriggerSchema } from '../../contracts/trigger.ts';
import { executionName, returnName } from '../../core/operation/execution-name.ts';
import { audited } from '../operation/audited.ts';
import { findService } from '../operation/operation-context.ts';
import { startOperation } from '../operation/start-operation.ts';
import { wakeApproval, wakeWaiting } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';
import { describeAbortedRollback, tellEnding, tellReturned } from './describe-abort.ts';
import { readServiceSnapshot } from './service-snapshot.ts';

/**
 * Ends an operation early. Before the lock it is woken and ends by itself; with the lock the one way back returns its traffic (rule 6).
 * A rollback at work ends at its next look with the traffic where it is (docs/adr/0027). Repeating an abort drives it again and has no
 * second effect (I10).
 *
 * @throws {WriteConflict} when it has ended, or is being returned.
 */
export async function abortOperation(
  deps: OperatorDeps,
  { id, reason, actor }: { id: string; reason: string; actor: string },
): Promise<ApiAborted> {
  const operation = await deps.store.operations.read(id);
  if (operation === null) throw new NotFound(`There is no operation ${id}.`);
  if (operation.outcome !== null) throw hasEnded(operation);
  const lock = await deps.store.locks.read(operation.service);
  if (lock.holder !== null && lock.holder !== id) {
    const holder = await deps.store.operations.read(lock.holder);
    if (holder?.related === id) throw isReturned(operation, holder.id);
  }
  await audited(
    deps,
    { operation: id, action: 'abort', actor, reason, before: { state: operation.state } },
    async () => {
      const first = operation.abort ?? { actor, reason };
      if ((await deps.store.operations.update(id, { abort: first })) === 'ended') throw hasEnded(operation);
      return 'noted';
    },
  );
  // Whether it has the lock is asked again: it may have got it before it could see the abort.
  const { holder } = await deps.store.locks.read(operation.service);
  if (holder === id && operation.kind === 'rollback') {
    const snapshot = await readServiceSnapshot(deps, findService(deps.configuration, operation.service));
    return { operation: id, rollback: null, ...describeAbortedRollback(snapshot, operation) };
  }
  if (holder === id) {
    const rollback = await startReturn(deps, operation, reason, actor);
    const { standby } = findService(deps.configuration, operation.service);
    return { operation: id, rollback, ...tellReturned(operation, rollback, standby) };
  }
  await wakeApproval(deps, id);
  await wakeWaiting(deps, operation.service);
  return { operation: id, rollback: null, ...tellEnding(operation) };
}

const isReturned = ({ id, service }: OperationRecord, rollback: string) =>
  new WriteConflict(
    `Operation ${rollback} is already rolling back operation ${id}, and ends it. To end the rollback where it is: ` +
      `sluice abort ${rollback} --service ${service} --reason "…"`,
  );

/**
 * Starts the one way back for an operation, in a person's name; once, however often it is asked for (I10). The operation may have begun it
 * by itself, for this abort or for another reason: then that one is it, unless its execution is over and the lock still is the operation's.
 */
export async function startReturn(
  deps: OperatorDeps,
  operation: OperationRecord,
  reason: string,
  actor: string,
): Promise<ApiStarted> {
  const { id, service, executionArn } = operation;
  const trigger = abortTriggerSchema.parse({ kind: 'abort', service, operation: id, reason, actor, at: deps.now() });
  const start = (name: string) =>
    startOperation(deps.workflow, { stateMachineArn: deps.rollbackMachine, name, service, trigger });
  let started = await start(returnName(executionArn));
  if (started.kind === 'already-exists' && started.status !== null && started.status !== 'RUNNING') {
    started = await start(executionName('abort', service, [id]));
  }
  return { operation: started.operation, execution: started.execution };
}

const hasEnded = ({ id, outcome }: OperationRecord) =>
  new WriteConflict(`Operation ${id} has ended${outcome === null ? '' : ` as ${outcome}`}: there is nothing to abort.`);
