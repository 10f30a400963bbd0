import { NotFound } from '../../contracts/errors.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { findService } from '../operation/operation-context.ts';
import type { OperationDeps } from '../ports.ts';

/** So long it waits once more for an active side that has too few pods, in seconds. */
const again = 30;

/**
 * How long the environment that lost the traffic stays warm (I8), counted from the end of the operation. Where an abort keeps it warm for a shorter
 * time (`standby.afterAbort`), that comes first, and then the rest.
 */
export async function planStandby(
  deps: OperationDeps,
  command: { service: string; after: string },
): Promise<ResultOf<'plan-standby'>> {
  const service = findService(deps.configuration, command.service);
  const operation = await deps.store.operations.read(command.after);
  if (operation === null) throw new NotFound(`There is no operation ${command.after}.`);
  const endedAt = operation.endedAt === null ? deps.now() : Date.parse(operation.endedAt);
  const keptWarmUntil = operation.keptWarmUntil === null ? 0 : Date.parse(operation.keptWarmUntil);
  const due = keptWarmUntil > deps.now() ? keptWarmUntil : endedAt + service.standby.keepWarm;
  const waitMs = due - deps.now();
  return { outcome: 'planned', waitSeconds: waitMs > 0 ? Math.ceil(waitMs / 1000) : again };
}
