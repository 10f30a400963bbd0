import { beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(...configured({ ...quick, 'traffic.interval': '8s' }));
beforeEach(() => pipeline.toRest());
const deliver = async (payload: unknown) => {
  const answer = await pipeline.deliver(payload);
  // the webhook's own answer
  return ((await answer.json()) as { operation: string }).operation;
};

/** Pauses a shift, so that it is at work for as long as a test needs: by an alert that does not say which side it is about. */
async function pause(id: string): Promise<void> {
  const { target } = await pipeline.inState(id, 'shifting-traffic');
  if (target === null) throw new Error(`${id} shifts, and has no target.`);
  await pipeline.weightReached(target, 50);
  // An alert that was acted on does nothing a second time.
  await pipeline.alerts([{ labels: {}, fingerprint: id }]);
  await until('the shift is paused', patienceMs, async () => {
    const { pausedBecause, outcome, reason } = await pipeline.operation(id);
    if (outcome !== null) throw new Error(`It ended as ${outcome}: ${reason}`);
    return pausedBecause !== null;
  });
}
const resume = (id: string) => pipeline.post(`/api/operations/${id}/resume`, { reason: 'the others wait' });

it('while one release shifts, the next waits its turn, and of those that wait only the newest goes', async () => {
  const first = await deliver(await pipeline.workflowRunPayload());
  const second = await pipeline.release('v2.2.0');
  const third = await pipeline.release('v2.3.0');
  await pipeline.approveAll('v2.1.0', first);
  await pause(first);

  const older = await deliver(second.workflowRunPayload);
  await pipeline.approveAll('v2.2.0', older);
  await pipeline.inState(older, 'awaiting-lock');
  expect((await pipeline.service()).lock.holder).toBe(first);
  const newer = await deliver(third.workflowRunPayload);
  const superseded = await pipeline.ended(older);
  await pipeline.approveAll('v2.3.0', newer);
  await pipeline.inState(newer, 'awaiting-lock');
  expect((await pipeline.operation(first)).outcome).toBeNull();
  await resume(first);

  expect(superseded).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('v2.3.0') });
  await pipeline.endsAs(first, 'succeeded');
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
  await pause(working);
  const waiting = await deliver(fifth.workflowRunPayload);
  await pipeline.approveAll('v2.5.0', waiting);
  await pipeline.inState(waiting, 'awaiting-lock');

  expect((await pipeline.post(`/api/operations/${waiting}/abort`, { reason: 'not today' })).status).toBe(202);

  await pipeline.endsAs(waiting, 'aborted');
  expect((await pipeline.service()).lock.holder).toBe(working);
  await resume(working);
  await pipeline.endsAs(working, 'succeeded');
});
