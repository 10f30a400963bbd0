import { expect, it } from 'vitest';
import { publishRelease } from '../../../sandbox/github/publish-release.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';

const { sandbox, pipeline } = observedSandbox(
  '--no-load',
  ...configured({
    ...quick,
    'validation.compliance': {
      change: { pattern: 'change #(\\d+)', lookup: 'github', label: 'approved-change' },
      documents: ['README.md'],
    },
  }),
);

const repository = 'example/chest-xray-mlops';
const target = () => ({
  endpoint: sandbox.ready.github,
  token: sandbox.ready.secrets.githubToken,
  ...{ repository, branch: 'main' },
});
const deploy = async (version: string, message: string) => {
  const { workflowRunPayload } = await publishRelease(target(), { version, message });
  const answer = await pipeline.deliver(workflowRunPayload);
  return ((await answer.json()) as { operation: string }).operation; // the webhook's own answer
};
const openIssue = async (body: object): Promise<number> => {
  const { endpoint, token } = target();
  const answer = await fetch(`${endpoint}/repos/${repository}/issues`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return ((await answer.json()) as { number: number }).number; // GitHub's own answer
};

it('a release goes no further without a change record that somebody has approved, and shows where it is', async () => {
  const draft = await openIssue({ title: 'Bring in 3.0.1' });
  const approved = await openIssue({ title: 'Bring in 3.0.2', labels: ['approved-change'] });

  const none = await pipeline.ended(await deploy('v3.0.0', 'feat: nobody knows why'));
  const unapproved = await pipeline.ended(await deploy('v3.0.1', `feat: better\n\nchange #${draft}`));
  const good = await deploy('v3.0.2', `feat: best\n\nchange #${approved}`);
  await pipeline.inState(good, 'awaiting-approval');

  expect(none).toMatchObject({
    outcome: 'failed-validation',
    reason: expect.stringContaining('change record: neither'),
  });
  expect(unapproved).toMatchObject({
    outcome: 'failed-validation',
    reason: expect.stringContaining(`change #${draft} does not have the label approved-change`),
  });
  const { checks } = await pipeline.operation(good);
  expect(checks).toContainEqual(
    expect.objectContaining({
      name: 'change record',
      result: 'pass',
      url: expect.stringMatching(new RegExp(`/issues/${approved}$`)),
    }),
  );
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'document README.md', result: 'pass', url: expect.stringContaining('/blob/') }),
  );
  expect(checks).toContainEqual(expect.objectContaining({ name: 'test', url: expect.stringContaining('/job/') }));
});
