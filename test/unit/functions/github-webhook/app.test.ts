import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiErrorSchema } from '../../../../contracts/api/errors.ts';
import { deploymentTriggerSchema } from '../../../../contracts/trigger.ts';
import { operationId } from '../../../../core/operation/id.ts';
import { createApp } from '../../../../functions/github-webhook/app.ts';
import { signatureOf, workflowRun } from '../../pipeline/support/workflow-run.ts';
import {
  createWorld,
  FakeWorkflow,
  fakeSecrets,
  machines,
  readJson,
  start,
  type World,
} from '../../pipeline/support/world.ts';

interface Answer {
  accepted: boolean;
  operation?: string;
  reason?: string;
}

describe('POST /webhooks/github', () => {
  let world: World;
  let workflow: FakeWorkflow;
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(() => {
    workflow = new FakeWorkflow();
  });

  const app = () =>
    createApp({
      ...world,
      workflow,
      secrets: fakeSecrets({ current: 'new secret', previous: 'old secret' }),
      secretName: 'github',
      deploymentMachine: machines.deployment,
    });
  const deliver = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    app().request('/webhooks/github', {
      method: 'POST',
      body,
      headers: {
        'x-github-event': 'workflow_run',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': signatureOf('new secret', body),
        ...headers,
      },
    });

  it('starts the deployment machine and names the operation that its execution will register', async () => {
    const answer = await deliver(JSON.stringify(workflowRun()));

    expect(answer.status).toBe(202);
    const [started] = workflow.started;
    expect(await answer.json()).toEqual({
      accepted: true,
      operation: operationId(start, started?.name ?? ''),
      execution: `arn:aws:states:us-east-1:123456789012:execution:sluice-deployment:${started?.name}`,
    });
    expect(started?.stateMachineArn).toBe(machines.deployment);
  });

  it('hands over a trigger that is still valid after its way through JSON', async () => {
    await deliver(JSON.stringify(workflowRun()));

    const input: { service: string; trigger: unknown } = JSON.parse(JSON.stringify(workflow.started[0]?.input));
    expect(input.service).toBe('chest-xray-mlops');
    expect(deploymentTriggerSchema.parse(input.trigger)).toMatchObject({
      kind: 'workflow-run',
      runId: 4711,
      actor: 'ana',
    });
  });

  it.each([
    ['ping', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['workflow_run', {}],
  ])('says of a form-encoded %s that it is one, and what to set', async (event, headers) => {
    const body = new URLSearchParams({ payload: JSON.stringify(workflowRun()) }).toString();

    const answer = await deliver(body, { 'x-github-event': event, ...headers });

    expect(answer.status).toBe(400);
    const { error } = apiErrorSchema.parse(await answer.json());
    expect(error.message).toContain('form-encoded');
    expect(error.message).toContain('application/json');
    expect(workflow.started).toEqual([]);
  });

  it('starts once for five deliveries of the same run, and again for its second attempt', async () => {
    const body = JSON.stringify(workflowRun());

    const answers = [];
    for (const delivery of [1, 2, 3, 4, 5]) {
      answers.push(await readJson<Answer>(deliver(body, { 'x-github-delivery': `d-${delivery}` })));
    }
    await deliver(JSON.stringify(workflowRun({ run_attempt: 2 })));

    expect(answers.map(({ accepted }) => accepted)).toEqual([true, false, false, false, false]);
    expect(answers.at(-1)).toEqual({
      accepted: false,
      reason: expect.stringMatching(
        new RegExp(`operation ${answers[0]?.operation}[^]*sluice operation ${answers[0]?.operation}$`),
      ),
    });
    expect(workflow.started).toHaveLength(2);
  });

  it.each([
    ['no signature', { 'x-hub-signature-256': '' }],
    ['a signature by another secret', { 'x-hub-signature-256': signatureOf('guessed', JSON.stringify(workflowRun())) }],
    ['a SHA-1 signature', { 'x-hub-signature-256': 'sha1=0000' }],
    ['a signature of other bytes', { 'x-hub-signature-256': signatureOf('new secret', 'something else') }],
  ])('refuses %s with 401 and starts nothing', async (_, headers) => {
    const answer = await deliver(JSON.stringify(workflowRun()), headers);

    expect(answer.status).toBe(401);
    expect(JSON.stringify(await answer.json())).not.toMatch(/secret|sha256=/);
    expect(workflow.started).toHaveLength(0);
  });

  it('verifies before it parses: unsigned nonsense is 401, signed nonsense is 400', async () => {
    const nonsense = new Uint8Array([0xff, 0x7b]);

    expect((await deliver(nonsense, { 'x-hub-signature-256': signatureOf('guessed', nonsense) })).status).toBe(401);
    expect((await deliver(nonsense)).status).toBe(400);
  });

  it('accepts the previous secret while it is being rotated', async () => {
    const body = JSON.stringify(workflowRun());

    const answer = await deliver(body, { 'x-hub-signature-256': signatureOf('old secret', body) });

    expect(answer.status).toBe(202);
  });

  it('names every problem of a body with another shape by its path', async () => {
    const answer = await deliver(JSON.stringify({ ...workflowRun({ id: 'seven', head_sha: 3 }) }));

    expect(answer.status).toBe(400);
    const { error } = apiErrorSchema.parse(await answer.json());
    expect(error.problems?.map(({ path }) => path)).toEqual(['workflow_run.id', 'workflow_run.head_sha']);
  });

  it('refuses a commit that is none, since no deployment could be made of it', async () => {
    const answer = await deliver(JSON.stringify(workflowRun({ head_sha: 'main' })));

    expect(answer.status).toBe(400);
    expect(apiErrorSchema.parse(await answer.json()).error.problems?.[0]?.path).toBe('commit');
  });

  it('refuses more than 1 MiB, also when no content-length admits it', async () => {
    const big = JSON.stringify({ ...workflowRun(), padding: 'x'.repeat(1024 * 1024) });
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < big.length; at += 65_536)
          controller.enqueue(new TextEncoder().encode(big.slice(at, at + 65_536)));
        controller.close();
      },
    });
    const streamed = new Request('http://localhost/webhooks/github', {
      method: 'POST',
      body: chunks,
      duplex: 'half',
    } as RequestInit);

    expect((await deliver(big)).status).toBe(413);
    expect((await app().request(streamed)).status).toBe(413);
  });

  it.each([
    ['a ping', {}, 'ping', 'ping: the webhook works'],
    ['another event', {}, 'push', 'event push starts nothing; only workflow_run does'],
    ['a failed run', { conclusion: 'failure' }, 'workflow_run', 'conclusion is failure, not success'],
    ['a fork', { head_repository: { id: 1 } }, 'workflow_run', 'the commit is from another repository (a fork)'],
    ['another branch', { head_branch: 'feature' }, 'workflow_run', 'branch feature is not deployed'],
  ])('takes note of %s and starts nothing', async (_, changes, event, reason) => {
    const answer = await deliver(JSON.stringify(workflowRun(changes)), { 'x-github-event': event });

    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ accepted: false, reason });
    expect(workflow.started).toHaveLength(0);
  });

  it('records what became of each delivery', async () => {
    const deliveries = async () =>
      (await world.store.deliveries.list(50)).map(({ id, accepted, reason }) => ({ id, accepted, reason }));

    await deliver(JSON.stringify(workflowRun()), { 'x-github-delivery': 'd-started' });
    await deliver(JSON.stringify(workflowRun({ event: 'schedule' })), { 'x-github-delivery': 'd-ignored' });

    const recorded = await deliveries();
    expect(recorded).toContainEqual({
      id: 'd-started',
      accepted: 'started',
      reason: expect.stringMatching(/^operation \w{20}$/),
    });
    expect(recorded).toContainEqual({
      id: 'd-ignored',
      accepted: 'ignored',
      reason: 'the run was started by schedule, not by a push',
    });
  });

  it('answers 503 with the fault, and without a stack, when Step Functions is away; the redelivery then works', async () => {
    workflow.unreachable = () => true;
    const failed = await deliver(JSON.stringify(workflowRun()));
    workflow.unreachable = null;
    const again = await deliver(JSON.stringify(workflowRun()));

    expect(failed.status).toBe(503);
    const text = await failed.text();
    expect(JSON.parse(text).error.name).toBe('DependencyUnavailable');
    expect(text).not.toMatch(/\.ts:\d+/);
    expect((await readJson<Answer>(again)).accepted).toBe(true);
  });
});
