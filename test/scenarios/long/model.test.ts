import { expect, it } from 'vitest';
import { publishRelease } from '../../../sandbox/github/publish-release.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const { sandbox, pipeline } = observedSandbox(
  '--no-load',
  ...configured({ ...quick, 'validation.model': { accuracy: { min: 0.5, atLeast: 0.98 } } }),
);

/** Has CI build a version of this accuracy, and GitHub tell of it. */
async function build(version: string, accuracy: number): Promise<string> {
  const { github: endpoint, secrets } = sandbox.ready;
  const target = { endpoint, token: secrets.githubToken, repository: 'example/chest-xray-mlops', branch: 'main' };
  const { workflowRunPayload } = await publishRelease(target, { version, metrics: { accuracy } });
  const answer = await pipeline.deliver(workflowRunPayload);
  return ((await answer.json()) as { operation: string }).operation; // the webhook's own answer
}
const besideLive = async (id: string) =>
  (await pipeline.operation(id)).checks.find(({ name }) => name === 'model accuracy beside the live release');

it('a model goes no further where it is worse than the live one by more than the margin', async () => {
  const first = await build('v3.0.0', 0.8);
  await pipeline.inState(first, 'awaiting-approval');
  const worse = await pipeline.ended(await build('v3.0.1', 0.9));
  const good = await build('v3.0.2', 0.93);
  await pipeline.inState(good, 'awaiting-approval');

  // What was live before Sluice came is known from the first deployment on.
  expect(await besideLive(first)).toMatchObject({ result: 'inconclusive' });
  expect(worse).toMatchObject({
    outcome: 'failed-validation',
    reason: expect.stringContaining('0.9, 0.947 with v2.0.5: at least 0.98 times that, 0.928, is needed'),
  });
  expect(await besideLive(good)).toMatchObject({ result: 'pass', reason: '0.93, at least 0.928; 0.947 with v2.0.5' });
});
