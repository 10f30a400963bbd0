import { describe, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import type { Pipeline } from '../../support/pipeline.ts';

const success = { name: 'success-rate', query: '1 - errorRate', min: 0.99, unit: 'ratio', for: '1s' };
/** The only one that decides in a dry run; half of the answers may fail. */
const tolerant = { name: 'error-rate', query: 'errorRate', max: 0.5, unit: 'ratio', for: '1s' };
/** Nobody listens there. */
const away = { web: 'http://127.0.0.1:1/statistics?environment={{environment}}&window={{window}}' };

/** Carries v2.1.0, of which a fifth of the answers fails, as far as it gets. */
async function deployFaulty(pipeline: Pipeline) {
  await pipeline.fault({ version: 'v2.1.0', errorRate: 0.2 });
  await pipeline.deliver(await pipeline.workflowRunPayload());
  const { id } = await pipeline.firstOperation();
  await pipeline.approveAll('v2.1.0');
  return pipeline.settled(id);
}

describe('a release that is below its lower bound', () => {
  const { pipeline } = observedSandbox(...configured({ ...quick, 'objectives.list': [success] }));

  it('goes back, and the reason says what it has and what it needs', async () => {
    const ended = await deployFaulty(pipeline);

    expect(ended).toMatchObject({
      outcome: 'rolled-back',
      reason: expect.stringMatching(/Success rate [78]\d(\.\d+)? %, at least 99 %, for /),
    });
    expect(await pipeline.service()).toMatchObject({ environments: { blue: { weight: 100 }, green: { weight: 0 } } });
  });
});

describe('a release that would be, in a dry run, beside a source that is away', () => {
  const unknown = { name: 'orders', query: 'orders', min: 1, source: away, dryRun: true };
  const list = [tolerant, { ...success, dryRun: true }, unknown];
  const { pipeline } = observedSandbox(...configured({ ...quick, 'objectives.list': list }));

  it('gets all the traffic, and people are told what would have happened', async () => {
    const ended = await deployFaulty(pipeline);

    expect(ended.outcome).toBe('succeeded');
    const dry = ended.checks.find(({ name }) => name === 'dry run on green');
    expect(dry).toMatchObject({
      result: 'fail',
      reason: expect.stringMatching(/would have failed at .*: Success rate [78]\d(\.\d+)? %, at least 99 %, for /),
    });
    expect(dry?.reason).toContain('Orders: no usable answer');
    expect(await pipeline.service()).toMatchObject({ environments: { blue: { weight: 0 }, green: { weight: 100 } } });
  });
});
