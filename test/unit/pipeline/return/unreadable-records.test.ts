import { beforeEach, expect, it } from 'vitest';
import { overviewSchema } from '../../../../contracts/api/overview.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { formatInstant } from '../../../../contracts/instant.ts';
import { allOn } from '../../../../contracts/names.ts';
import { createHandler } from '../../../../functions/return-traffic/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { editItem } from '../../../support/table.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeRoute } from '../support/fake-route.ts';
import { inShift } from '../support/in-shift.ts';
import { operatorApi } from '../support/operator-api.ts';
import { createWorld, executionOf, registerDeployment, start, type World } from '../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const spoil = (id: string, sk = 'OPERATION', field = 'kind') =>
  editItem(world.table, { pk: `${sk}#${id}`, sk }, field, { odd: 'value' });
const onAlertAbout = (environment: 'blue' | 'green', route: FakeRoute) =>
  createHandler({
    configuration: world.configuration,
    store: world.store,
    now: world.now,
    cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    workflow: world.workflow,
    databaseBudget: minutes(1),
    publishKept: async () => undefined,
  })({
    action: 'return-traffic',
    execution: executionOf('rollback-1'),
    service: world.service.name,
    trigger: {
      kind: 'alert',
      service: world.service.name,
      environment,
      name: 'HighErrorRate',
      severity: 'critical',
      fingerprint: 'f1',
      summary: null,
      startsAt: start,
    },
  });
const rescue = () => world.store.operations.read(idOf(executionOf('rollback-1')));
/** A deployment that brought all the traffic to green a moment ago. */
async function deployed() {
  const { operation, epoch } = await inShift(world, allOn('green'));
  const at = formatInstant(world.now());
  await world.store.operations.end(operation.id, { outcome: 'succeeded', reason: 'done', at });
  await world.store.locks.release(world.service.name, operation.id);
  const fence = { epoch, seq: 3, operation: operation.id, origin: 'blue' as const, weights: allOn('green'), at };
  return { operation, route: new FakeRoute(allOn('green'), fence) };
}

it('one bad record of long ago does not keep a rescue from the database', async () => {
  const { operation: old } = await registerDeployment(world, { name: 'a-deployment-of-long-ago' });
  await spoil(old.id);
  world.pass(minutes(1));
  const { route, operation } = await inShift(world);

  const answer = await onAlertAbout('green', route);

  expect(answer).toMatchObject({ outcome: 'returned' });
  expect(route.weights).toEqual(allOn('blue'));
  expect(await rescue()).toMatchObject({ related: operation.id });
  expect(world.logged).toContainEqual(expect.objectContaining({ key: `OPERATION#${old.id}/OPERATION` }));
});

it('a last move that cannot be read is made up for by the route: its traffic goes back, and that is recorded', async () => {
  const { operation, route } = await deployed();
  await spoil(operation.id);

  const answer = await onAlertAbout('green', route);

  expect(answer).toMatchObject({ outcome: 'returned' });
  expect(route.weights).toEqual(allOn('blue'));
  expect(await rescue()).toMatchObject({ target: 'blue', weights: allOn('blue') });
});

it('a holder or a lock that cannot be read is gone without, as a database that does not answer', async () => {
  const { operation, route } = await inShift(world);
  await spoil(operation.id);

  expect(await onAlertAbout('green', route)).toMatchObject({ outcome: 'unrecorded' });
  expect(route.weights).toEqual(allOn('blue'));

  world = await createWorld();
  const another = await inShift(world);
  await editItem(world.table, { pk: `LOCK#${world.service.name}`, sk: 'LOCK' }, 'epoch', 'odd');

  expect(await onAlertAbout('green', another.route)).toMatchObject({ outcome: 'unrecorded' });
  expect(another.route.weights).toEqual(allOn('blue'));
});

it('people see everything else: the other operations, and all but the approval and the candidate that are bad', async () => {
  const { operation: bad } = await registerDeployment(world, { name: 'bad' });
  const { operation: waiting } = await registerDeployment(world, { name: 'waiting' });
  await world.store.operations.enter(waiting.id, 'awaiting-approval', formatInstant(start));
  await spoil(bad.id);
  await spoil(waiting.id, 'APPROVAL', 'rules');
  await editItem(world.table, { pk: `CANDIDATE#${world.service.name}`, sk: 'CANDIDATE' }, 'operation', 7);

  const overview = overviewSchema.parse(await (await operatorApi(world).get('/api/overview')).json());

  expect(overview.history).toMatchObject([{ id: waiting.id, waiting: null }]);
  expect(overview.operation).toMatchObject({ id: waiting.id, approvals: null });
  expect(overview.service.candidate).toBeNull();
  expect(world.logged.map((line) => JSON.stringify(line)).join()).toContain(`APPROVAL#${waiting.id}/APPROVAL`);
});
