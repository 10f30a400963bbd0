import type { ApiOperation } from '../../contracts/api/operation.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import { audited } from '../operation/audited.ts';
import { readOperation, timestamp } from '../operation/operation-context.ts';
import type { OperatorDeps } from '../ports.ts';
import { readOperationView } from '../view/operation-views.ts';

/**
 * Lets an operation go on that was paused (I7): a person has looked at both sides. It is still judged: what is bad returns. A pause that
 * comes later stops it again.
 *
 * @throws {WriteConflict} when it has ended, or is not paused.
 */
export async function resumeOperation(
  deps: OperatorDeps,
  { id, reason, actor }: { id: string; reason: string; actor: string },
): Promise<ApiOperation> {
  const { operation } = await readOperation(deps, id);
  if (operation.outcome !== null) {
    throw new WriteConflict(`Operation ${id} has ended as ${operation.outcome}: there is nothing to resume.`);
  }
  if (operation.abort !== null) throw new WriteConflict(`Operation ${id} is being aborted.`);
  if (operation.pausedBecause === null) throw new WriteConflict(`Operation ${id} is not paused.`);
  await audited(
    deps,
    { operation: id, action: 'resume', actor, reason, before: { pausedBecause: operation.pausedBecause } },
    () => deps.store.operations.update(id, { pausedBecause: null, pausedAt: null, resumedAt: timestamp(deps) }),
  );
  return readOperationView(deps, id);
}
