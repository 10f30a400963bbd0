import { expect, it } from '@jest/globals';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';

const { pipeline } = observedSandbox(...configured({ ...quick, 'traffic.interval': '8s' }));
const deliver = async (payload: unknown) => {
  const answer = await pipeline.deliver(payload);
  // the webhook's own answer
  return ((await answer.json()) as { operation: string }).operation;
};

it('while one release shifts, the next waits its turn, and of those that wait only the newest goes', async () => {
  const first = await deliver(await pipeline.workflowRunPayload());
  const second = await pipeline.release('v2.2.0');
  const third = await pipeline.release('v2.3.0');
  await pipeline.approveAll('v2.1.0', first);
  await pipeline.weightReached('green', 50);

  const older = await deliver(second.workflowRunPayload);
  await pipeline.approveAll('v2.2.0', older);
  await pipeline.inState(older, 'awaiting-lock');
  expect((await pipeline.service()).lock.holder).toBe(first);
  const newer = await deliver(third.workflowRunPayload);
  const superseded = await pipeline.ended(older);
  await pipeline.approveAll('v2.3.0', newer);
  await pipeline.inState(newer, 'awaiting-lock');
  expect((await pipeline.operation(first)).outcome).toBeNull();

  expect(superseded).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('v2.3.0') });
  expect((await pipeline.ended(first)).outcome).toBe('succeeded');
  const last = await pipeline.ended(newer);
  expect(last).toMatchObject({ outcome: 'succeeded', origin: 'green', target: 'blue' });
  expect((await pipeline.service()).environments.blue).toMatchObject({ version: 'v2.3.0', weight: 100 });
  expect((await pipeline.load())?.failed).toBe(0);
});

it('an operation that waits its turn can be aborted; the one at work goes on', async () => {
  const fourth = await pipeline.release('v2.4.0');
  const fifth = await pipeline.release('v2.5.0');
  const working = await deliver(fourth.workflowRunPayload);
  await pipeline.approveAll('v2.4.0', working);
  await pipeline.inState(working, 'shifting-traffic');
  const waiting = await deliver(fifth.workflowRunPayload);
  await pipeline.approveAll('v2.5.0', waiting);
  await pipeline.inState(waiting, 'awaiting-lock');

  expect((await pipeline.post(`/api/operations/${waiting}/abort`, { reason: 'not today' })).status).toBe(202);

  expect((await pipeline.ended(waiting)).outcome).toBe('aborted');
  expect((await pipeline.service()).lock.holder).toBe(working);
  expect((await pipeline.ended(working)).outcome).toBe('succeeded');
});
