import { afterEach, beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(...configured({ ...quick, 'traffic.steps': [5, 100], 'traffic.interval': '20s' }));
beforeEach(() => pipeline.toRest());
afterEach(() => pipeline.heal());

const away = () => pipeline.dependency({ dependency: 'kms', fault: 'unreachable' });
const approvers = ['ana@example.com', 'cleo@example.com'];

it('a decision that KMS does not seal is none: the approver is told to try again, nothing is half written, and a second click counts', async () => {
  const { workflowRunPayload } = await pipeline.release('v7.0.0');
  const { operation } = (await (await pipeline.deliver(workflowRunPayload)).json()) as { operation: string }; // the webhook's own answer
  const links = await pipeline.linksOf('v7.0.0', approvers, operation);
  const form = { decision: 'approve', version: 'v7.0.0', reason: '' };
  const click = async (approver: string) => {
    const answer = await pipeline.decide(links.get(approver) ?? '', form);
    return { status: answer.status, page: await answer.text() };
  };
  await away();

  const refused = await click('ana@example.com');

  expect(refused).toEqual({
    status: 503,
    page: expect.stringContaining('Nothing was decided. Try again in a minute.'),
  });
  expect(await pipeline.operation(operation)).toMatchObject({
    state: 'awaiting-approval',
    approvals: { decisions: [] },
  });

  await pipeline.heal();
  expect((await click('ana@example.com')).status).toBe(200);
  expect((await click('cleo@example.com')).status).toBe(200);
  const { approvals } = await pipeline.operation(operation);
  expect(approvals?.decisions.map(({ approver }) => approver)).toEqual(approvers);
  // What was approved is proven by others than those who took the decisions, and goes on.
  await pipeline.weightReached('green', 5);
});

it('the way back never waits for KMS: an alert returns the traffic and its operation ends while nobody seals anything (rule 6)', async () => {
  const id = await pipeline.begin('v7.1.0');
  const { active } = await pipeline.service();
  const target = active === 'blue' ? 'green' : 'blue';
  await pipeline.weightReached(target, 5);
  await away();

  const answer = await pipeline.alert({ environment: target });
  expect(answer.status).toBe(202);

  await pipeline.weightReached(active, 100);
  expect(await pipeline.ended(id)).toMatchObject({ outcome: 'rolled-back' });
  // With KMS back, nothing is left at work.
  await pipeline.heal();
  await until('the lock is free', patienceMs, async () => (await pipeline.service()).lock.holder === null);
});
