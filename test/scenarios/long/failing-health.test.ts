import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const { pipeline } = observedSandbox(...configured({ ...quick, 'health.deadline': '8s' }));

it('a release whose health checks fail on the standby never receives one request of production traffic', async () => {
  await pipeline.fault({ version: 'v2.1.0', errorRate: 1 });
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');

  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('failed');
  expect(ended.reason).toContain('predict');
  const load = await pipeline.api<{ byEnvironment: Record<string, number>; failed: number }>('/api/sandbox/load');
  expect(load.byEnvironment.green ?? 0).toBe(0);
  expect(load.failed).toBe(0);
  const totals = JSON.stringify(await pipeline.traffic());
  expect(totals).not.toMatch(/"green":[1-9]/);
  expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 100 }, green: { weight: 0 } });
  expect((await pipeline.service()).holds.map(({ version }) => version)).toEqual(['v2.1.0']);
});
