import type { ApiOperation } from '../../contracts/api/operation.ts';
import { WriteConflict } from '../../contracts/errors.ts';
import { isBeforeWindow } from '../../core/windows/operation-window.ts';
import { audited } from '../operation/audited.ts';
import { readOperation, timestamp } from '../operation/operation-context.ts';
import { wakeWaiting } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';
import { readOperationView } from '../view/operation-views.ts';

/**
 * Lets one deployment pass its windows. Its approvals stay, and are still wanted where they are missing. Repeating it keeps the first
 * reason and wakes the deployment again (I10).
 *
 * @throws {WriteConflict} when windows say nothing to it any more.
 */
export async function overrideWindow(
  deps: OperatorDeps,
  { id, reason, actor }: { id: string; reason: string; actor: string },
): Promise<ApiOperation> {
  const { operation, service } = await readOperation(deps, id);
  const conflict = (why: string) => new WriteConflict(`Operation ${id} ${why}: there is no window to override.`);
  if (operation.outcome !== null) throw conflict(`has ended as ${operation.outcome}`);
  if (operation.abort !== null) throw conflict('is being aborted');
  if (operation.kind !== 'deployment') throw conflict(`is a ${operation.kind}, which waits for none`);
  if (operation.windowOverride === null) {
    if (!isBeforeWindow(operation)) throw conflict('has passed its windows');
    await audited(
      deps,
      { operation: id, action: 'override-window', actor, reason, before: { windows: service.windows } },
      async () => {
        const windowOverride = { actor, reason, at: timestamp(deps) };
        if ((await deps.store.operations.update(id, { windowOverride })) === 'ended') throw conflict('has ended');
        return 'noted';
      },
    );
  }
  await wakeWaiting(deps, service.name);
  return readOperationView(deps, id);
}
