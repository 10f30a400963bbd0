import type { Store } from '../../adapters/store/store.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { Trigger } from '../../contracts/trigger.ts';

/** Why a return began. One that stands in for a rollback that died goes on with what that one was for; another dead execution is its own cause. */
export async function firstTrigger(
  { operations }: Pick<Store, 'operations'>,
  { trigger }: Pick<OperationRecord, 'trigger'>,
): Promise<Trigger> {
  if (trigger.kind !== 'dead-execution') return trigger;
  const dead = await operations.read(trigger.operation);
  return dead?.kind === 'rollback' ? dead.trigger : trigger;
}
