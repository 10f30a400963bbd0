import { beforeAll, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

// The way back stays warm for seconds only, so that a cold one can be seen; and that one has the time that pods take to start.
const { pipeline, recorder } = observedSandbox(
  ...configured({
    ...quick,
    'alerts.rollbackWithin': '2s',
    'deadlines.rollback': '30s',
    'standby.keepWarm': '33s',
  }),
);
const service = 'chest-xray-mlops';
const rollback = async (wanted: { version: string; emergency?: boolean }) => {
  const body = { service, reason: 'the test wants it', ...wanted };
  const answer = await pipeline.post('/api/rollbacks', body, 'dana@example.com');
  expect(answer.status).toBe(202);
  return String(answer.body.operation);
};
const free = () => until('the lock is free', patienceMs, async () => (await pipeline.service()).lock.holder === null);
const live = async () => {
  const { active, environments } = await pipeline.service();
  return [active, environments[active].version, environments[active].weight];
};

beforeAll(async () => {
  expect((await pipeline.deploy('v2.1.0')).outcome).toBe('succeeded');
  await pipeline.release('v2.2.0');
  expect((await pipeline.deploy('v2.2.0')).outcome).toBe('succeeded');
  expect(await live()).toEqual(['blue', 'v2.2.0', 100]);
});

it('a planned rollback to a version that runs nowhere any more deploys it first, then moves the traffic step by step', async () => {
  const before = recorder.route.length;
  const id = await rollback({ version: 'v2.0.5' });
  await pipeline.approveAll('v2.0.5', id);

  const ended = await pipeline.ended(id);

  expect(ended).toMatchObject({ outcome: 'succeeded', release: { version: 'v2.0.5' }, target: 'green' });
  expect(await live()).toEqual(['green', 'v2.0.5', 100]);
  const actions = ended.timeline.map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(['commit-release', 'start-sync', 'verify-standby']));
  const weights = recorder.route.slice(before).map(({ green }) => green);
  expect([...new Set(weights)]).toEqual([0, 50, 100]);
  expect((await pipeline.load())?.failed).toBe(0);
});

it('last-known-good is the newest release that was live before and is not on hold; a hold made while it waits stops it', async () => {
  await free();
  const first = await rollback({ version: 'last-known-good' });
  const waiting = await pipeline.inState(first, 'awaiting-approval');
  expect(waiting.release?.version).toBe('v2.2.0');
  await pipeline.post(`/api/services/${service}/holds`, { version: 'v2.2.0', reason: 'it leaks' });
  await pipeline.approveAll('v2.2.0', first);
  const refused = await pipeline.ended(first);
  expect(refused).toMatchObject({ outcome: 'failed-validation', reason: expect.stringContaining('it leaks') });
  expect(await live()).toEqual(['green', 'v2.0.5', 100]);

  const second = await rollback({ version: 'last-known-good' });
  expect((await pipeline.inState(second, 'awaiting-approval')).release?.version).toBe('v2.1.0');
  await pipeline.post(`/api/operations/${second}/abort`, { reason: 'seen enough' });
  await pipeline.endsAs(second, 'aborted');
});

it('a planned rollback whose release is bad with traffic gives up: everything goes where it was, and stays there (I7)', async () => {
  await free();
  const id = await rollback({ version: 'v2.1.0' });
  await pipeline.approveAll('v2.1.0', id);
  await pipeline.weightReached('blue', 50);
  await pipeline.fault({ version: 'v2.1.0', errorRate: 0.5 });

  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('Error rate');
  await free();
  expect(await live()).toEqual(['green', 'v2.0.5', 100]);
  expect((await pipeline.operations()).filter(({ related }) => related === id)).toEqual([]);
  await pipeline.fault({ version: 'v2.1.0', errorRate: 0 });
});

it('an emergency to a side that has cooled down gives it its capacity first: minutes, not seconds, and no request fails', async () => {
  await free();
  await pipeline.post(`/api/services/${service}/holds/release`, { version: 'v2.2.0', reason: 'it does not' });
  await pipeline.release('v2.3.0');
  expect((await pipeline.deploy('v2.3.0')).outcome).toBe('succeeded');
  expect(await live()).toEqual(['blue', 'v2.3.0', 100]);
  await free();
  const failed = (await pipeline.load())?.failed;
  // A split by hand keeps the standby warm, and once it is back the standby cools down all the same (I8).
  const share = async (from: string, to: string, percentage: number) => {
    const body = { from, to, percentage, reason: 'the test compares' };
    const answer = await pipeline.post(`/api/services/${service}/traffic`, body);
    expect(answer).toMatchObject({ status: 202 });
    return String(answer.body.operation);
  };
  const split = await share('blue', 'green', 20);
  await pipeline.inState(split, 'keeping-split');
  await share('green', 'blue', 100);
  await pipeline.endsAs(split, 'succeeded');
  expect((await pipeline.service()).environments.green.ready).toBe(3);
  await until(
    'the standby has cooled down',
    patienceMs,
    async () => (await pipeline.service()).environments.green.ready === 1,
  );

  const ended = await pipeline.ended(await rollback({ version: 'last-known-good', emergency: true }));

  expect(ended.outcome).toBe('succeeded');
  expect(await live()).toEqual(['green', 'v2.0.5', 100]);
  expect(ended.timeline.map(({ action }) => action)).toContain('raise-capacity');
  expect((await pipeline.service()).environments.green.ready).toBeGreaterThanOrEqual(3);
  expect((await pipeline.load())?.failed).toBe(failed);
});

it('an emergency to a version that runs nowhere deploys it first: without approval, on a frozen service, all at once', async () => {
  await free();
  const [active] = await live();
  await pipeline.post(`/api/services/${service}/freeze`, { reason: 'v2.0.5 is bad, too' });
  const before = recorder.route.length;

  const ended = await pipeline.ended(await rollback({ version: 'v2.2.0', emergency: true }));

  expect(ended).toMatchObject({ outcome: 'succeeded', release: { version: 'v2.2.0' }, approvals: null });
  expect(await live()).toEqual([active === 'blue' ? 'green' : 'blue', 'v2.2.0', 100]);
  const steps = recorder.route.slice(before).map(({ blue }) => blue);
  expect(steps.every((weight) => weight === 0 || weight === 100)).toBe(true);
  // What it left is held once its end is written, before the lock is free.
  await free();
  const { holds, frozen } = await pipeline.service();
  expect(holds).toEqual(expect.arrayContaining([expect.objectContaining({ version: 'v2.0.5' })]));
  expect(frozen).not.toBeNull();
});

it('an emergency to what was never good, or is on hold, moves nothing and names what is possible', async () => {
  await free();
  const before = await live();

  for (const [version, why] of [
    ['v9.9.9', 'was live and good before'],
    ['v2.0.5', 'is on hold'],
    ['last-known-good', 'is on hold'],
  ] as const) {
    const ended = await pipeline.ended(await rollback({ version, emergency: true }));

    expect(ended.outcome).toBe('failed-validation');
    expect(ended.reason).toContain(why);
    expect(ended.reason).toMatch(/Possible: .*v2\.1\.0 \(deployed first: minutes\)/);
  }
  expect(await live()).toEqual(before);
});
