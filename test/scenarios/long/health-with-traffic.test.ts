import { describe, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import type { Pipeline } from '../../support/pipeline.ts';

/** A step that only ends when something fails, and objectives that are patient for longer than any test. */
const patient = {
  ...quick,
  'traffic.steps': [25, 100],
  'traffic.interval': '4m',
  'objectives.list': [{ name: 'error-rate', query: 'errorRate', max: 0.01, unit: 'ratio', for: '4m' }],
  'health.checks': [{ name: 'ready', path: '/health', failures: 100 }],
  'health.pods': { restarts: 100, unready: '4m' },
};

/** Carries v2.1.0 to a quarter of the traffic, lets it go wrong there, and tells how it ended. */
async function goesWrong(pipeline: Pipeline, fault: Parameters<Pipeline['fault']>[0]) {
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  await pipeline.weightReached('green', 25);
  await pipeline.fault(fault);
  const ended = await pipeline.settled(id);
  return { ended, after: await pipeline.service() };
}

/** All the traffic is where it was, and the release on hold. */
const returned = {
  environments: { blue: { weight: 100 }, green: { weight: 0 } },
  holds: [{ version: 'v2.1.0' }],
};

describe('a release that becomes unhealthy with a quarter of the traffic', () => {
  const checks = [{ name: 'ready', path: '/health', failures: 3 }];
  const { pipeline } = observedSandbox(...configured({ ...patient, 'health.checks': checks }));

  it('goes back once, after three bad answers through its preview', async () => {
    const { ended, after } = await goesWrong(pipeline, { version: 'v2.1.0', unhealthy: true });

    expect(ended).toMatchObject({ outcome: 'rolled-back', reason: expect.stringMatching(/ready: .*3 times in a row/) });
    expect(after).toMatchObject(returned);
    const rollbacks = (await pipeline.operations()).filter(({ kind }) => kind === 'rollback');
    expect(rollbacks).toHaveLength(1);
  });
});

describe('a release whose pods begin to crash with a quarter of the traffic', () => {
  const pods = { restarts: 3, unready: '4m' };
  const { pipeline } = observedSandbox(...configured({ ...patient, 'health.pods': pods }));

  it('goes back, and the reason names the pod and how often it restarted', async () => {
    const { ended, after } = await goesWrong(pipeline, { version: 'v2.1.0', crashing: true });

    expect(ended).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(
        /pod chest-xray-mlops-\S+: container \S+ has restarted [3-9] times since it had traffic \(Error, exit code 1\)/,
      ),
    });
    expect(after).toMatchObject(returned);
  });
});

describe('a release of which more than half of the answers fail', () => {
  const fast = { answers: 'requests', failures: 'errors', window: '5s' };
  const { pipeline } = observedSandbox(...configured({ ...patient, 'objectives.fast': fast }));

  it('goes back by the fast path, with the counts, while its objective would be patient for minutes', async () => {
    const { ended, after } = await goesWrong(pipeline, { version: 'v2.1.0', errorRate: 0.6 });

    expect(ended).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(/\d+ of \d+ answers failed, limit 50 %/),
    });
    expect(after).toMatchObject(returned);
  });
});
