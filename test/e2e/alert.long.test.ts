import { expect, it } from 'vitest';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { patienceMs, until } from '../support/until.ts';

const { pipeline } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [25, 50, 100], 'traffic.interval': '5s' }),
);

it('a critical alert about the target in the middle of the shift returns all the traffic, once', async () => {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  await pipeline.weightReached('green', 25);

  const answer = await pipeline.alert({ environment: 'green' });
  expect(answer.status).toBe(202);
  await until(
    'all the traffic is on blue',
    patienceMs,
    async () => (await pipeline.service()).environments.blue.weight === 100,
  );
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect((await pipeline.returns()).map(({ outcome }) => outcome)).toEqual(['succeeded']);
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);

  const before = (await pipeline.operations()).length;
  await pipeline.alert({ environment: 'green' });
  await pipeline.alert({ environment: 'green' }, 'firing', '2026-11-23T03:00:00Z');
  await pipeline.alert({ environment: 'green' }, 'resolved');
  const after = await pipeline.service();
  expect(after.environments.blue.weight).toBe(100);
  expect(await pipeline.operations()).toHaveLength(before);
  expect((await pipeline.load())?.failed).toBe(0);
});
