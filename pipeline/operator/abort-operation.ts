import type { ApiAborted, ApiStarted } from '../../contracts/api/started.ts';
import { NotFound, WriteConflict } from '../../contracts/errors.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { abortTriggerSchema } from '../../contracts/trigger.ts';
import { executionName } from '../../core/operation/execution-name.ts';
import { audited } from '../operation/audited.ts';
import { startOperation } from '../operation/start-operation.ts';
import { wakeApproval, wakeWaiting } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';

/**
 * Ends an operation early. Before the lock it is woken and ends by itself; with the lock the one way back returns its traffic (rule 6).
 * Repeating an abort drives it again and has no second effect (I10).
 *
 * @throws {WriteConflict} when it has ended, or returns traffic itself (I7), or is being returned.
 */
export async function abortOperation(
  deps: OperatorDeps,
  { id, reason, actor }: { id: string; reason: string; actor: string },
): Promise<ApiAborted> {
  const operation = await deps.store.operations.read(id);
  if (operation === null) throw new NotFound(`There is no operation ${id}.`);
  if (operation.outcome !== null) throw hasEnded(operation);
  const lock = await deps.store.locks.read(operation.service);
  if (lock.holder === id && operation.kind === 'rollback') {
    throw new WriteConflict(`Operation ${id} is a rollback at work: nothing returns a return (I7).`);
  }
  if (lock.holder !== null && lock.holder !== id) {
    const holder = await deps.store.operations.read(lock.holder);
    if (holder?.related === id) throw new WriteConflict(`Operation ${holder.id} is returning operation ${id} already.`);
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
  if (holder === id) return { operation: id, rollback: await startReturn(deps, operation, reason, actor) };
  await wakeApproval(deps, id);
  await wakeWaiting(deps, operation.service);
  return { operation: id, rollback: null };
}

/** Starts the one way back for an operation, in a person's name; once, however often it is asked for (I10). */
export async function startReturn(
  deps: OperatorDeps,
  operation: OperationRecord,
  reason: string,
  actor: string,
): Promise<ApiStarted> {
  const { id, service } = operation;
  const trigger = abortTriggerSchema.parse({ kind: 'abort', service, operation: id, reason, actor, at: deps.now() });
  const name = executionName('abort', service, [id]);
  const { operation: rollback, execution } = await startOperation(deps.workflow, {
    stateMachineArn: deps.rollbackMachine,
    name,
    service,
    trigger,
  });
  return { operation: rollback, execution };
}

const hasEnded = ({ id, outcome }: OperationRecord) =>
  new WriteConflict(`Operation ${id} has ended${outcome === null ? '' : ` as ${outcome}`}: there is nothing to abort.`);
