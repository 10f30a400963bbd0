import type { Weights } from '../../../../contracts/names.ts';
import { FakeRoute } from './fake-route.ts';
import { approveAll, registerDeployment, type World } from './world.ts';

/** A deployment from blue to green that holds the lock and has this much on green; 25 % without it. */
export async function inShift(world: World, weights: Weights = { blue: 75, green: 25 }) {
  const { execution, operation } = await registerDeployment(world, { name: 'deploy-1' });
  await approveAll(world, operation);
  const claim = {
    kind: 'deployment' as const,
    executionArn: execution.arn,
    at: execution.startedAt,
    deadline: operation.deadline,
  };
  const acquired = await world.store.locks.acquire(world.service.name, { operation: operation.id, ...claim });
  if (acquired.kind !== 'acquired') throw new Error('the lock was not free');
  const { epoch } = acquired;
  await world.store.operations.update(operation.id, {
    origin: 'blue',
    target: 'green',
    epoch,
    weights,
    shiftedAt: execution.startedAt,
  });
  const fence = { epoch, seq: 3, operation: operation.id, origin: 'blue' as const, weights };
  return { execution, operation, epoch, route: new FakeRoute(weights, fence) };
}
