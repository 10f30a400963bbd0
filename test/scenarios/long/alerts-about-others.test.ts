import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { pipeline } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [25, 50, 100], 'traffic.interval': '3s' }),
);

const pages = () => pipeline.api<unknown[]>('/api/sandbox/pages');

it('an alert about the origin pauses the shift, compares, pages, and raises nothing; a person lets it go on (I7)', async () => {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  await pipeline.weightReached('green', 25);

  const nothing = await Promise.all([
    pipeline.alert({ environment: 'blue', service: 'unknown-service' }),
    pipeline.alert({ environment: 'blue', severity: 'warning' }),
  ]);
  expect(nothing.map(({ status }) => status)).toEqual([202, 202]);
  expect((await pipeline.operation(id)).pausedBecause).toBeNull();
  expect((await pipeline.post(`/api/operations/${id}/resume`, { reason: 'early' })).status).toBe(409);

  await pipeline.alert({ environment: 'blue' });
  const paused = await until('the shift is paused', patienceMs, async () => {
    const operation = await pipeline.operation(id);
    return operation.pausedBecause === null ? null : operation;
  });
  expect(paused.pausedBecause).toContain('origin');
  await until('the on-call is paged', patienceMs, async () => JSON.stringify(await pages()).includes('compared'));
  const { timeline } = await pipeline.operation(id);
  expect(timeline.map(({ action }) => action)).toEqual(expect.arrayContaining(['pause', 'compare-sides']));
  const { blue } = (await pipeline.service()).environments;
  // More than a step's interval: without the pause the next weight would be there.
  const judgedSince = Date.now();
  await until('a whole interval has been judged', patienceMs, async () => Date.now() - judgedSince > 5_000);
  expect((await pipeline.service()).environments.blue.weight).toBe(blue.weight);

  const resumed = await pipeline.post(`/api/operations/${id}/resume`, { reason: 'blue was noisy, looked at it' });
  expect(resumed.status).toBe(200);
  await pipeline.endsAs(id, 'succeeded');
  expect((await pipeline.load())?.failed).toBe(0);
});

it('after the deployment an alert about the standby changes nothing; one without an environment returns from the bad side', async () => {
  const before = (await pipeline.operations()).length;
  await pipeline.alert({ environment: 'blue' }, 'firing', '2026-11-23T03:00:00Z');
  expect((await pipeline.service()).environments.green.weight).toBe(100);
  expect(await pipeline.operations()).toHaveLength(before);

  await pipeline.fault({ version: 'v2.1.0', errorRate: 0.5 });
  await until('the errors are measured', patienceMs, async () => ((await pipeline.load())?.failed ?? 0) > 5);
  await pipeline.alert({}, 'firing', '2026-11-23T03:10:00Z');

  await pipeline.weightReached('blue', 100);
  expect((await pipeline.returns()).map(({ outcome }) => outcome)).toEqual(['succeeded']);
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);
});
