import { expect, it } from 'vitest';
import { operationListSchema, operationSchema } from '../../../../contracts/api/operation.ts';
import { allOn } from '../../../../contracts/names.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, executionOf, personTrigger, registerDeployment } from '../support/world.ts';

it('a rollback says which version it goes back to: in the list, of one outcome only, and by itself', async () => {
  const world = await createWorld();
  const { operation: deployment } = await registerDeployment(world, { name: 'deploy-1' });
  const at = deployment.startedAt;
  await world.store.operations.update(deployment.id, { origin: 'blue', target: 'green', shiftedAt: at });
  await world.store.operations.end(deployment.id, { outcome: 'rolled-back', reason: 'slow', at });
  world.pass(60_000);
  const { id } = await registerOperation(world, {
    ...{ execution: executionOf('rollback-1'), service: world.service, trigger: personTrigger(world) },
    ...{ kind: 'rollback', related: deployment.id },
  });
  await world.store.operations.update(id, { origin: 'green', target: 'blue', weights: allOn('blue') });
  await world.store.operations.end(id, { outcome: 'succeeded', reason: 'slow', at });
  const api = operatorApi(world);
  const list = async (query: string) =>
    operationListSchema.parse(await (await api.get(`/api/operations?${query}`)).json()).operations;

  expect(await list('limit=5')).toMatchObject([
    { id, release: null, returnsTo: 'v2.0.0' },
    { id: deployment.id, release: { version: 'v2.1.0' }, returnsTo: null },
  ]);
  expect(await list('outcome=succeeded')).toMatchObject([{ id, returnsTo: 'v2.0.0' }]);
  expect(operationSchema.parse(await (await api.get(`/api/operations/${id}`)).json())).toMatchObject({
    returnsTo: 'v2.0.0',
  });
});
