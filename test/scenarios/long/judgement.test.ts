import { expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const { pipeline } = observedSandbox(
  ...configured({ ...quick, 'traffic.steps': [25, 50, 100], 'traffic.interval': '5s' }),
);

it('errors that appear at the 25 % step are judged, the traffic goes back, and the release is refused until its hold is released', async () => {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  await pipeline.weightReached('green', 25);

  await pipeline.fault({ version: 'v2.1.0', errorRate: 0.2 });
  const ended = await pipeline.ended(id);

  expect(ended.outcome).toBe('rolled-back');
  expect(ended.reason).toContain('Error rate');
  expect(ended.checks.map(({ name }) => name)).toContain('error-rate on green beside blue');
  expect((await pipeline.service()).environments).toMatchObject({ blue: { weight: 100 }, green: { weight: 0 } });

  const deploy = () =>
    pipeline.api<{ operation: string }>('/api/deployments', {
      method: 'POST',
      body: JSON.stringify({ service: 'chest-xray-mlops', version: 'v2.1.0' }),
    });
  const refused = await pipeline.ended((await deploy()).operation);
  expect(refused.outcome).toBe('failed-validation');
  expect(refused.reason).toContain('on hold');

  await pipeline.api('/api/services/chest-xray-mlops/holds/release', {
    method: 'POST',
    body: JSON.stringify({ version: 'v2.1.0', reason: 'the cause was elsewhere' }),
  });
  const allowed = await deploy();
  await pipeline.inState(allowed.operation, 'awaiting-approval');
});
