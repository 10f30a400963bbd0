import type { Execution } from '../../contracts/commands.ts';
import { formatInstant } from '../../contracts/instant.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { personTrafficTriggerSchema } from '../../contracts/trigger.ts';
import { findService } from '../operation/operation-context.ts';
import { registerOperation } from '../operation/register-operation.ts';
import type { OperationDeps } from '../ports.ts';

/** Registers a switch of the traffic by hand, and what its person wants. */
export async function beginSwitch(
  deps: OperationDeps,
  command: { execution: Execution; service: string; trigger: unknown },
): Promise<ResultOf<'begin-switch'>> {
  const trigger = personTrafficTriggerSchema.parse(command.trigger);
  const service = findService(deps.configuration, command.service);
  const { execution } = command;
  const operation = await registerOperation(deps, { execution, service, trigger, kind: 'switch-traffic' });
  if (operation.desired === null) {
    const { percentage, until, actor, reason } = trigger;
    const desired = { weight: percentage, until: formatInstant(until), actor, reason };
    await deps.store.operations.update(operation.id, { desired });
  }
  return { outcome: 'begun', operation: operation.id };
}
