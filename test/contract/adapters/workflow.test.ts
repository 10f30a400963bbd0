import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorkflow, type Workflow } from '../../../adapters/workflow/workflow.ts';
import { startStepFunctions } from '../../../sandbox/stepfunctions/start-step-functions.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };

/** A machine that hands its task token to a function and waits for the callback. */
const waiting = {
  QueryLanguage: 'JSONata',
  StartAt: 'Wait',
  States: {
    Wait: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'park', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 60,
      End: true,
    },
  },
};
const passing = { QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } };

let dataDir: string;
let close: () => Promise<void>;
let workflow: Workflow;
let machines: { waiting: string; passing: string };
/** Stands for the function: takes the token and answers. */
let lambda: ScriptedServer;
const tokens: string[] = [];
const statusChanged = new Map<string, (() => void)[]>();

/** Resolves once the execution has ended. */
const ended = (executionArn: string) =>
  new Promise<void>((resolve) => {
    statusChanged.set(executionArn, [...(statusChanged.get(executionArn) ?? []), resolve]);
    void workflow.describe(executionArn).then((found) => {
      if (found?.status !== 'RUNNING') resolve();
    });
  });
/** Starts the waiting machine and gives the token that it parked. */
async function park(name: string): Promise<{ executionArn: string; token: string }> {
  const parked = new Promise<string>((resolve) => {
    lambda.answer((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      const payload: { token?: string } = JSON.parse(request.body);
      if (payload.token !== undefined) resolve(payload.token);
    });
  });
  const started = await workflow.start({ stateMachineArn: machines.waiting, name, input: {} });
  if (started.kind !== 'started') throw new Error(`${name} exists`);
  const token = await parked;
  tokens.push(token);
  return { executionArn: started.executionArn, token };
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-workflow-'));
  lambda = await startScriptedServer();
  const engine = await startStepFunctions({
    port: 0,
    dataDir,
    region,
    accountId: '123456789012',
    endpoints: { lambda: lambda.url },
    credentials,
    onStatusChange: (event) => {
      if (event.detail.status === 'RUNNING') return;
      for (const resolve of statusChanged.get(event.detail.executionArn) ?? []) resolve();
    },
  });
  close = () => engine.close();
  workflow = createWorkflow({ region, endpoint: engine.endpoint, credentials });
  const client = new SFNClient(clientSettings(engine.endpoint));
  const create = async (name: string, definition: unknown) => {
    const roleArn = 'arn:aws:iam::123456789012:role/machine';
    const command = new CreateStateMachineCommand({ name, roleArn, definition: JSON.stringify(definition) });
    return (await client.send(command)).stateMachineArn ?? '';
  };
  machines = { waiting: await create('waiting', waiting), passing: await create('passing', passing) };
  client.destroy();
});
afterAll(async () => {
  await close();
  await lambda.close();
  await rm(dataDir, { recursive: true });
});

describe('createWorkflow', () => {
  it('starts an execution and describes it to its end', async () => {
    const started = await workflow.start({ stateMachineArn: machines.passing, name: 'run-1', input: { a: 1 } });
    if (started.kind !== 'started') throw new Error('not started');
    await ended(started.executionArn);

    expect(await workflow.describe(started.executionArn)).toMatchObject({
      name: 'run-1',
      stateMachineArn: machines.passing,
      status: 'SUCCEEDED',
      input: '{"a":1}',
      startedAt: started.startedAt,
      stoppedAt: expect.any(Number),
      error: null,
    });
  });

  it('calls a name that is taken a delivery that came before (I10)', async () => {
    const start = { stateMachineArn: machines.passing, name: 'run-2', input: { a: 1 } };
    const first = await workflow.start(start);
    if (first.kind !== 'started') throw new Error('not started');
    await ended(first.executionArn);

    expect(await workflow.start({ ...start, input: { a: 2 } })).toEqual({ kind: 'already-exists' });
  });

  it('wakes a waiting execution, once', async () => {
    const { executionArn, token } = await park('callback-1');

    expect(await workflow.succeed(token, { outcome: 'approved' })).toBe('sent');
    await ended(executionArn);
    expect(await workflow.describe(executionArn)).toMatchObject({
      status: 'SUCCEEDED',
      output: '{"outcome":"approved"}',
    });
    expect(await workflow.succeed(token, { outcome: 'approved' })).toBe('gone');
  });

  it('fails a waiting execution', async () => {
    const { executionArn, token } = await park('callback-2');

    expect(await workflow.fail(token, { error: 'Aborted', cause: 'by ana' })).toBe('sent');
    await ended(executionArn);
    expect(await workflow.describe(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'Aborted',
      cause: 'by ana',
    });
  });

  it('stops an execution; one that nobody knows is gone', async () => {
    const { executionArn } = await park('stop-1');

    expect(await workflow.stop(executionArn, { error: 'LockLost', cause: 'x'.repeat(40_000) })).toBe('stopped');
    await ended(executionArn);
    expect(await workflow.describe(executionArn)).toMatchObject({ status: 'ABORTED', error: 'LockLost' });
    const unknown = executionArn.replace('stop-1', 'never');
    expect(await workflow.stop(unknown, { error: 'x', cause: 'y' })).toBe('gone');
    expect(await workflow.describe(unknown)).toBeNull();
  });

  it('lists as many executions as it is asked for, however few a page has', async () => {
    const server = await startScriptedServer();
    const pages = [['a', 'b'], [], ['c', 'd']];
    server.answer((request, response) => {
      const { nextToken = '0', maxResults } = JSON.parse(request.body);
      const page = Number(nextToken);
      const executions = (pages[page] ?? [])
        .slice(0, maxResults)
        .map((executionArn) => ({ executionArn, startDate: 0 }));
      json({ executions, ...(page + 1 < pages.length ? { nextToken: String(page + 1) } : {}) })(request, response);
    });
    const { list } = createWorkflow(clientSettings(server.url));
    const listed = async (limit: number) =>
      (
        await list({ stateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m', status: 'FAILED', limit })
      ).map(({ executionArn }) => executionArn);

    expect(await listed(3)).toEqual(['a', 'b', 'c']);
    expect(await listed(100)).toEqual(['a', 'b', 'c', 'd']);
    await server.close();
  });

  it('lists executions of a machine by their status, newest first; a machine that is gone has none', async () => {
    const stateMachineArn = machines.waiting;
    const stopped: string[] = [];
    for (const name of ['listed-1', 'listed-2']) {
      const { executionArn } = await park(name);
      await workflow.stop(executionArn, { error: 'Test', cause: 'listed' });
      await ended(executionArn);
      stopped.unshift(executionArn);
    }

    const listed = await workflow.list({ stateMachineArn, status: 'ABORTED', limit: 2 });

    expect(listed.map(({ executionArn }) => executionArn)).toEqual(stopped);
    expect(listed[0]?.stoppedAt).toBeGreaterThanOrEqual(listed[0]?.startedAt ?? Number.NaN);
    expect(await workflow.list({ stateMachineArn: `${stateMachineArn}-gone`, status: 'ABORTED', limit: 2 })).toEqual(
      [],
    );
  });

  it('has no use for a token that never was one', async () => {
    expect(await workflow.succeed('no token', {})).toBe('gone');
    expect(await workflow.fail('no token', { error: 'x', cause: 'y' })).toBe('gone');
  });

  it('refuses a name that Step Functions would not take, and an unknown machine', async () => {
    const input = {};
    const start = (stateMachineArn: string, name: string) => workflow.start({ stateMachineArn, name, input });

    await expect(start(machines.passing, 'a'.repeat(81))).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(start(machines.passing, 'a b')).rejects.toMatchObject({ name: 'InvalidInput' });
    await expect(start(`${machines.passing}x`, 'run')).rejects.toMatchObject({
      name: 'DependencyRefused',
      message: expect.stringContaining('StateMachineDoesNotExist'),
    });
  });

  it('names no task token when it fails', async () => {
    const nobody = createWorkflow({ region, endpoint: 'http://127.0.0.1:9', credentials });

    const failure = await nobody.succeed('very-secret-token', {}).catch((error: unknown) => error);

    expect(failure).toMatchObject({ name: 'DependencyUnavailable' });
    expect(String(failure)).not.toContain('very-secret-token');
  });
});
