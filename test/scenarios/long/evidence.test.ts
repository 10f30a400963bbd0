import { beforeEach, describe, expect, it } from 'vitest';
import type { ApiOperationSummary } from '../../../contracts/api/operation.ts';
import {
  type PublishedRelease,
  publishRelease,
  type ReleaseToPublish,
} from '../../../sandbox/github/publish-release.ts';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const { sandbox, pipeline } = observedSandbox(
  '--no-load',
  ...configured({
    ...quick,
    'validation.requiredChecks': ['test', 'scan.yml/image'],
    'validation.waitFor': '8s',
    // Approved evidence is old at once, so that everything is gathered again.
    'validation.maxAge': '1s',
  }),
);
beforeEach(() => pipeline.toRest());

let built = 0;
const target = () => ({
  endpoint: sandbox.ready.github,
  token: sandbox.ready.secrets.githubToken,
  repository: 'example/chest-xray-mlops',
  branch: 'main',
});
const publish = (release: Omit<ReleaseToPublish, 'version'>, version = `v3.0.${++built}`) =>
  publishRelease(target(), { ...release, version });
const deliver = async ({ workflowRunPayload }: Pick<PublishedRelease, 'workflowRunPayload'>) => {
  const answer = await pipeline.deliver(workflowRunPayload);
  const { operation } = (await answer.json()) as { operation: string }; // the webhook's own answer
  return operation;
};
const scan = (conclusion: 'success' | 'failure', after: number) => ({ 'scan.yml/image': { conclusion, after } });
const waits = (id: string) =>
  until(`operation ${id} waits for evidence`, patienceMs, async () => {
    const { operations } = await pipeline.api<{ operations: ApiOperationSummary[] }>('/api/operations');
    const waiting = operations.find((one) => one.id === id)?.waiting;
    return waiting?.kind === 'evidence' ? waiting : null;
  });

describe('a scan that is under way when CI is done', () => {
  it('is waited for, shown as that, and then approvals are asked for', async () => {
    const id = await deliver(await publish({ checks: scan('success', 4) }));

    expect(await waits(id)).toMatchObject({
      text: expect.stringMatching(/^Waiting for evidence: scan\.yml\/image: has not (started|finished)\.$/),
      next: [{ command: `sluice abort ${id} --reason "…"` }],
    });
    await pipeline.inState(id, 'awaiting-approval');
  });

  it('fails it when it ends red, when its time is over, and not when a person has aborted it before', async () => {
    const red = await deliver(await publish({ checks: scan('failure', 2) }));
    expect(await pipeline.ended(red)).toMatchObject({
      outcome: 'failed-validation',
      reason: expect.stringContaining('scan.yml/image: ended as failure [ValidationFailed].'),
    });

    const late = await deliver(await publish({ checks: scan('success', 600) }));
    expect(await pipeline.ended(late)).toMatchObject({
      outcome: 'failed-validation',
      reason: expect.stringContaining('Sluice waited for it for 8 s [EvidenceLate].'),
    });

    const aborted = await deliver(await publish({ checks: scan('success', 600) }));
    await waits(aborted);
    expect((await pipeline.post(`/api/operations/${aborted}/abort`, { reason: 'not today' })).status).toBe(202);
    expect(await pipeline.ended(aborted)).toMatchObject({ outcome: 'aborted' });
  });
});

it('who started the run is who GitHub says, and a run that GitHub does not know counts for nothing', async () => {
  const { workflowRunPayload } = await publish({ checks: scan('success', 0) });
  const nobody = { ...workflowRunPayload.sender, login: 'somebody-else' };
  const forged = { ...workflowRunPayload.workflow_run, actor: nobody, triggering_actor: nobody };

  const id = await deliver({ workflowRunPayload: { ...workflowRunPayload, workflow_run: forged } });
  const unknown = { ...workflowRunPayload.workflow_run, id: 1 };
  const other = await deliver({ workflowRunPayload: { ...workflowRunPayload, workflow_run: unknown } });

  await pipeline.inState(id, 'awaiting-approval');
  expect((await pipeline.operation(id)).actor).toBe(`github:${workflowRunPayload.workflow_run.actor.login}`);
  expect(await pipeline.ended(other)).toMatchObject({
    outcome: 'failed-validation',
    reason: expect.stringContaining('has no workflow run 1'),
  });
});

it('a tag that is moved while people decide ends the operation that they approve', async () => {
  const one = await publish({ checks: scan('success', 0) }, 'v3.1.0');
  const wanted = { service: 'chest-xray-mlops', version: 'v3.1.0' };
  const { body } = await pipeline.post('/api/deployments', wanted, 'dana@example.com');
  const id = String(body.operation);
  await pipeline.inState(id, 'awaiting-approval');
  const { endpoint, token, repository } = target();
  const removed = await fetch(`${endpoint}/repos/${repository}/git/refs/tags/v3.1.0`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(removed.status).toBe(204);
  const two = await publish({ checks: scan('success', 0) }, 'v3.1.0');

  await pipeline.approveAll('v3.1.0', id);

  const ended = await pipeline.ended(id);
  expect(two.digest).not.toBe(one.digest);
  expect(ended).toMatchObject({
    outcome: 'failed-validation',
    reason: expect.stringMatching(/is about v3\.1\.0 .* is another release/),
    release: { commit: one.sha, digest: one.digest },
  });
});
