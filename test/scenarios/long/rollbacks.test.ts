import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const { pipeline, recorder } = observedSandbox(...configured({ ...quick, 'traffic.steps': [5, 25, 50, 100] }));

const service = 'chest-xray-mlops';
const rollback = async (wanted: { version: string; emergency?: boolean; hold?: boolean }) => {
  const answer = await pipeline.post(
    '/api/rollbacks',
    { service, reason: 'the test wants it', ...wanted },
    'dana@example.com',
  );
  expect(answer.status).toBe(202);
  return String(answer.body.operation);
};

it('a planned rollback waits for its approval and goes back step by step to the release from before Sluice', async () => {
  const deployed = await pipeline.deploy('v2.1.0');
  expect(deployed.outcome).toBe('succeeded');
  const before = recorder.route.length;

  const id = await rollback({ version: 'v2.0.5' });
  const waiting = await pipeline.inState(id, 'awaiting-approval');
  expect(waiting.release?.version).toBe('v2.0.5');
  expect((await pipeline.service()).environments.green.weight).toBe(100);
  await pipeline.approveAll('v2.0.5', id);
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('succeeded');
  const weights = recorder.route.slice(before).map(({ blue }) => blue);
  expect([...new Set(weights)]).toEqual([0, 5, 25, 50, 100]);
  expect((await pipeline.service()).environments.blue).toMatchObject({ version: 'v2.0.5', weight: 100 });
  expect((await pipeline.load())?.failed).toBe(0);
});

it('an emergency by a person returns all the traffic at once, without approval', async () => {
  const id = await rollback({ version: 'last-known-good', emergency: true });
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('succeeded');
  expect((await pipeline.service()).environments.green).toMatchObject({ version: 'v2.1.0', weight: 100 });
});

it('a planned rollback to a version that is on hold, or that was never live, is refused with its reason', async () => {
  // The emergency has put on hold what it left.
  expect((await pipeline.service()).holds).toMatchObject([
    { version: 'v2.0.5', reason: 'the test wants it [ReturnedByPerson]' },
  ]);

  const toHeld = await pipeline.ended(await rollback({ version: 'v2.0.5' }));
  const toUnknown = await pipeline.ended(await rollback({ version: 'v9.9.9' }));
  const toLive = await pipeline.ended(await rollback({ version: 'v2.1.0' }));

  expect([toHeld, toUnknown, toLive].map(({ outcome }) => outcome)).toEqual(Array(3).fill('failed-validation'));
  expect(toHeld.reason).toContain('v2.0.5 is on hold: the test wants it');
  expect(toUnknown.reason).toContain('v9.9.9');
  expect(toLive.reason).toContain('live already');
});

it('a planned rollback holds what it leaves where its person wants that, and keeps their reason', async () => {
  const released = await pipeline.post(`/api/services/${service}/holds/release`, {
    version: 'v2.0.5',
    reason: 'mended',
  });
  expect(released.status).toBe(200);

  const id = await rollback({ version: 'v2.0.5', hold: true });
  await pipeline.inState(id, 'awaiting-approval');
  await pipeline.approveAll('v2.0.5', id);
  const ended = await pipeline.settled(id);

  expect(ended).toMatchObject({
    outcome: 'succeeded',
    reason: 'v2.0.5 has 100 % of the traffic on blue. dana@example.com asked for it: the test wants it',
  });
  expect((await pipeline.service()).holds).toMatchObject([{ version: 'v2.1.0', reason: 'the test wants it' }]);
});
