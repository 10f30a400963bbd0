import { afterAll, expect, it } from '@jest/globals';
import { operationStates } from '../../contracts/operation.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { until } from '../support/until.ts';

const { pipeline } = observedSandbox(...configured(quick));
const abort = (id: string) => pipeline.post(`/api/operations/${id}/abort`, { reason: 'the test stops it' });
/** Each call of the database takes this long, ms, so that a state which lasts an instant can be seen from outside. */
const slowly = (delayMs: number) => pipeline.neighbour({ neighbour: 'dynamodb', fault: 'slow', delayMs });

async function start(): Promise<string> {
  const body = { service: 'chest-xray-mlops', version: 'v2.1.0' };
  const answer = await pipeline.post('/api/deployments', body, 'dana@example.com');
  return String(answer.body.operation);
}
async function approve(id: string): Promise<void> {
  await pipeline.inState(id, 'awaiting-approval');
  for (const user of ['ana@example.com', 'cleo@example.com']) {
    const decision = { decision: 'approve', version: 'v2.1.0' };
    expect((await pipeline.post(`/api/operations/${id}/decision`, decision, user)).status).toBe(200);
  }
}

/** What only a rollback or a switch of the traffic goes through. */
const aside = ['keeping-split', 'returning-traffic', 'verifying-return', 'diagnosing', 'cleaning-up', 'ended'];
/** The states of a deployment in their order. */
const way: readonly string[] = operationStates.filter((state) => !aside.includes(state));
const noted = new Map<string, string>();

it.each(way.slice(0, -1))(
  'an operation aborted while it is %s leaves the traffic where it was, the lock free and the release deployable',
  async (state) => {
    const id = await start();
    if (way.indexOf(state) > way.indexOf('awaiting-approval')) await approve(id);
    await slowly(40);
    // At the wanted state, or as soon as it is behind: some last for an instant.
    await until(
      `it is ${state}`,
      60_000,
      async () => {
        const operation = await pipeline.operation(id).catch(() => null);
        return operation !== null && way.indexOf(operation.state) >= way.indexOf(state);
      },
      1,
    );

    const answer = await abort(id);
    await pipeline.heal();
    const again = await abort(id);
    const ended = await pipeline.ended(id);

    expect(answer.status).toBe(202);
    expect(ended.outcome).toBe('aborted');
    expect([202, 409]).toContain(again.status);
    const asked = ended.timeline.find(({ action, phase }) => action === 'abort' && phase === 'intent');
    noted.set(state, String((asked?.details.before as { state?: string } | undefined)?.state)); // what the audit keeps
    const service = await until('the lock is free', 20_000, async () => {
      const seen = await pipeline.service();
      return seen.lock.holder === null ? seen : null;
    });
    expect(service.environments.blue.weight).toBe(100);
    expect(service.holds).toEqual([]);
    expect((await pipeline.load())?.failed).toBe(0);
    expect((await abort(id)).status).toBe(409);
  },
  90_000,
);

it('a rollback at work cannot be aborted, for nothing returns a return (I7)', async () => {
  const id = await start();
  await approve(id);
  await pipeline.inState(id, 'baking', 60_000);

  await abort(id);
  // Two see the abort, the API and the operation itself; whichever rollback has the lock is the one.
  const rollback = await until(
    'a rollback has the lock',
    5_000,
    async () => {
      const { holder } = (await pipeline.service()).lock;
      return holder === id ? null : holder;
    },
    5,
  );
  const refused = await abort(rollback);

  expect(refused.status).toBe(409);
  expect(JSON.stringify(refused.body)).toContain('I7');
  expect((await pipeline.ended(id)).outcome).toBe('aborted');
  expect((await pipeline.service()).environments.blue.weight).toBe(100);
}, 120_000);

it('an abort while an operation is finalizing comes in time or too late, and says which: never something in between (I5)', async () => {
  const id = await start();
  await approve(id);
  await pipeline.inState(id, 'baking', 60_000);
  await slowly(40);
  await until(
    'it is finalizing',
    60_000,
    async () => ['finalizing', 'ended'].includes((await pipeline.operation(id)).state),
    1,
  );

  const answer = await abort(id);
  await pipeline.heal();
  const { outcome } = await pipeline.ended(id);

  await until('the lock is free', 20_000, async () => (await pipeline.service()).lock.holder === null);
  const { blue, green } = (await pipeline.service()).environments;
  if (outcome === 'aborted') expect([answer.status, blue.weight]).toEqual([202, 100]);
  else expect([outcome, green.weight]).toEqual(['succeeded', 100]);
}, 120_000);

afterAll(() => {
  // Aborts came where they were meant to, give or take a state: the test is about all of them.
  const late = [...noted].filter(([state, at]) => way.indexOf(at) - way.indexOf(state) > 1);
  expect(late).toEqual([]);
});
