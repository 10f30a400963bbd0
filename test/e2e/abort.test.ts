import { expect, it } from '@jest/globals';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { until } from '../support/until.ts';

const { pipeline } = observedSandbox();

async function start(): Promise<string> {
  const body = { service: 'chest-xray-mlops', version: 'v2.1.0' };
  const answer = await pipeline.post('/api/deployments', body, 'dana@example.com');
  const id = String(answer.body.operation);
  // The API answers with the id at once; the machine's first task registers it.
  await until('it is registered', 10_000, async () => (await pipeline.operations()).some((one) => one.id === id), 10);
  return id;
}
const abort = (id: string) => pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test stops it' });
const approve = async (id: string) => {
  await pipeline.inState(id, 'awaiting-approval');
  for (const user of ['ana@example.com', 'cleo@example.com']) {
    const decision = { decision: 'approve', version: 'v2.1.0' };
    expect((await pipeline.post(`/api/operations/${id}/decision`, decision, user)).status).toBe(200);
  }
};

it.each(['awaiting-approval', 'deploying', 'verifying-standby', 'shifting-traffic'])(
  'an operation aborted while it is %s leaves the traffic where it was, the lock free and the release deployable',
  async (state) => {
    const id = await start();
    if (state !== 'awaiting-approval') await approve(id);
    // Some states are short: at the wanted one, or as soon as it is behind.
    await until(
      `it is ${state}`,
      30_000,
      async () => {
        const operation = await pipeline.operation(id);
        return operation.state === state || (state === 'deploying' && operation.state === 'syncing');
      },
      10,
    );
    if (state === 'shifting-traffic') await pipeline.weightReached('green', 5);

    expect((await abort(id)).status).toBe(202);
    const again = await abort(id);
    const ended = await pipeline.ended(id);

    expect(ended.outcome).toBe('aborted');
    expect([202, 409]).toContain(again.status);
    const service = await pipeline.service();
    expect(service.environments.blue.weight).toBe(100);
    expect(service.holds).toEqual([]);
    expect((await pipeline.load())?.failed).toBe(0);
    expect((await abort(id)).status).toBe(409);
  },
  90_000,
);

it('an operation aborted while it bakes gives all the traffic back; a rollback at work cannot be aborted (I7)', async () => {
  const id = await start();
  await approve(id);
  await pipeline.inState(id, 'baking', 60_000);

  const answer = await abort(id);
  const { operation: rollback } = answer.body.rollback as { operation: string }; // the API's own answer
  await until('the rollback is known', 5_000, async () => (await pipeline.service()).lock.holder === rollback, 10);
  const refused = await abort(rollback);

  expect(refused.status).toBe(409);
  expect(JSON.stringify(refused.body)).toContain('I7');
  expect((await pipeline.ended(id)).outcome).toBe('aborted');
  expect((await pipeline.service()).environments.blue.weight).toBe(100);
}, 120_000);
