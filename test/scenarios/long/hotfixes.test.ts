import { beforeEach, expect, it } from 'vitest';
import { observedSandbox } from '../../support/observed-sandbox.ts';
import { configured, quick } from '../../support/own-configuration.ts';
import { patienceMs, until } from '../../support/until.ts';

const observed = observedSandbox(
  ...configured({ ...quick, 'trigger.hotfixBranches': ['hotfix/**'], 'trigger.mergeQueue': true }),
);
const { pipeline } = observed;
beforeEach(() => pipeline.toRest());

const deliver = async (payload: unknown) => {
  const answer = await pipeline.deliver(payload);
  // the webhook's own answer
  return ((await answer.json()) as { operation: string }).operation;
};

it('a merge queue builds a release, which waits until its commit is on the branch', async () => {
  const branch = `gh-readonly-queue/main/pr-7-${'a'.repeat(40)}`;
  const { workflowRunPayload } = await pipeline.release('v2.4.0', { branch });
  expect(workflowRunPayload.workflow_run).toMatchObject({ event: 'merge_group', head_branch: branch });

  const id = await deliver(workflowRunPayload);
  const checks = await until('it waits for its commit', patienceMs, async () => {
    const { outcome, reason, checks } = await pipeline.operation(id);
    if (outcome !== null) throw new Error(`It ended as ${outcome}: ${reason}`);
    return checks.some(({ name }) => name === 'commit') ? checks : null;
  });
  expect(checks).toContainEqual(
    expect.objectContaining({ name: 'commit', result: 'inconclusive', reason: expect.stringContaining('merge queue') }),
  );

  const { ready } = observed.sandbox;
  const merged = await fetch(`${ready.github}/repos/example/chest-xray-mlops/git/refs/heads/main`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${ready.secrets.githubToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ sha: workflowRunPayload.workflow_run.head_sha }),
  });
  expect(merged.status).toBe(200);

  await pipeline.inState(id, 'awaiting-approval');
  await pipeline.post(`/api/operations/${id}/abort`, { reason: 'seen enough' });
  await pipeline.endsAs(id, 'aborted');
});

it('a hotfix from its branch goes live while releases wait for approval, and only Git says which of them still may', async () => {
  const waiting = await deliver(await pipeline.workflowRunPayload());
  await pipeline.inState(waiting, 'awaiting-approval');

  const by = (login: string) => ({ author: { login }, branch: 'hotfix/crash', from: 'v2.0.5' });
  const refused = await deliver((await pipeline.release('v2.0.6', by('dana'))).workflowRunPayload);
  expect(await pipeline.ended(refused)).toMatchObject({
    ...{ outcome: 'failed-validation', reason: expect.stringContaining('dana started the run on hotfix/crash') },
  });
  const hotfix = await deliver((await pipeline.release('v2.0.7', by('ben'))).workflowRunPayload);
  await pipeline.inState(hotfix, 'awaiting-approval');
  expect((await pipeline.operation(waiting)).outcome).toBeNull();

  const newer = await deliver((await pipeline.release('v2.5.0')).workflowRunPayload);
  await pipeline.inState(newer, 'awaiting-approval');
  expect(await pipeline.ended(waiting)).toMatchObject({ outcome: 'superseded' });
  await pipeline.approveAll('v2.0.7', hotfix);

  await pipeline.endsAs(hotfix, 'succeeded');
  // The release lacks the fix until its branch is merged: what is live would be lost by it.
  await pipeline.approveAll('v2.5.0', newer);
  expect(await pipeline.ended(newer)).toMatchObject({
    ...{ outcome: 'failed-validation', reason: expect.stringContaining('has diverged from the live v2.0.7') },
  });
});
