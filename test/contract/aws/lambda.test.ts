import { GetFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegisteredFunction } from '../../../sandbox/aws/invoke-function.ts';
import { type FinishedInvocation, type LambdaStandIn, startLambda } from '../../../sandbox/aws/start-lambda.ts';
import { clientSettings } from './client-settings.ts';

class StaleHolder extends Error {
  override readonly name = 'StaleHolder';
}

const functions = new Map<string, RegisteredFunction>();
const finished: FinishedInvocation[] = [];
let waiting: { count: number; resolve: () => void } | undefined;
let lambda: LambdaStandIn;
let client: LambdaClient;

beforeAll(async () => {
  const keys = new Map([['AKIATEST', { secretAccessKey: 'secret', roleName: 'github-webhook' }]]);
  lambda = await startLambda({
    port: 0,
    functions,
    keys,
    retryDelaysMs: [5, 5],
    onInvocation: (one) => {
      finished.push(one);
      if (waiting && finished.length >= waiting.count) waiting.resolve();
    },
  });
  client = new LambdaClient(clientSettings(lambda.endpoint));
});

afterAll(async () => {
  client.destroy();
  await lambda.close();
});

const invoke = async (name: string, payload: unknown) => {
  const answer = await client.send(new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(payload) }));
  return {
    status: answer.StatusCode,
    error: answer.FunctionError,
    payload: JSON.parse(answer.Payload?.transformToString() || 'null'),
  };
};

const invocations = (count: number): Promise<void> =>
  new Promise((resolve) => {
    waiting = { count, resolve };
    if (finished.length >= count) resolve();
  });

describe('a request-response invocation', () => {
  it('answers what the handler returns, by name and by ARN', async () => {
    functions.set('echo', { timeoutMs: 1000, handler: async (event) => ({ got: event }) });

    const byName = await invoke('echo', { a: 1 });
    const byArn = await invoke('arn:aws:lambda:us-east-1:123456789012:function:echo', { a: 2 });

    expect(byName).toEqual({ status: 200, error: undefined, payload: { got: { a: 1 } } });
    expect(byArn.payload).toEqual({ got: { a: 2 } });
  });

  it('answers null for a handler that returns nothing', async () => {
    functions.set('silent', { timeoutMs: 1000, handler: async () => undefined });

    expect((await invoke('silent', {})).payload).toBeNull();
  });

  it('reports an error by its name, so that state machines can catch it', async () => {
    functions.set('stale', { timeoutMs: 1000, handler: () => Promise.reject(new StaleHolder('epoch 8 is above 7')) });

    const answer = await invoke('stale', {});

    expect(answer).toMatchObject({ status: 200, error: 'Unhandled' });
    expect(answer.payload).toMatchObject({ errorType: 'StaleHolder', errorMessage: 'epoch 8 is above 7' });
    expect(answer.payload.trace[0]).toBe('StaleHolder: epoch 8 is above 7');
  });

  it('cuts a function off at its timeout, in the words of AWS', async () => {
    let remaining = 0;
    const handler: RegisteredFunction['handler'] = (_event, context) => {
      remaining = context.getRemainingTimeInMillis();
      return new Promise(() => undefined);
    };
    functions.set('slow', { timeoutMs: 50, handler });

    const answer = await invoke('slow', {});

    expect(answer.error).toBe('Unhandled');
    expect(answer.payload.errorType).toBe('Sandbox.Timedout');
    expect(answer.payload.errorMessage).toMatch(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 0.05 seconds$/);
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(50);
  });

  it('refuses a payload above 6 MB', async () => {
    const tooLarge = client.send(
      new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify('x'.repeat(6_291_456)) }),
    );

    await expect(tooLarge).rejects.toMatchObject({
      name: 'RequestTooLargeException',
      $metadata: { httpStatusCode: 413 },
    });
  });

  it('knows no function that was not registered', async () => {
    await expect(invoke('nobody', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody',
    });
  });

  it('refuses an access key that nobody has', async () => {
    const stranger = new LambdaClient(clientSettings(lambda.endpoint, 'AKIASTRANGER'));

    const answer = stranger.send(new InvokeCommand({ FunctionName: 'echo' }));

    await expect(answer).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    stranger.destroy();
  });
});

describe('an asynchronous invocation', () => {
  it('is accepted at once and repeated twice when it fails', async () => {
    functions.set('flaky', { timeoutMs: 1000, handler: () => Promise.reject(new Error('no')) });
    const before = finished.length;

    const answer = await client.send(
      new InvokeCommand({ FunctionName: 'flaky', InvocationType: 'Event', Payload: '{}' }),
    );
    await invocations(before + 3);

    expect(answer.StatusCode).toBe(202);
    const mine = finished.slice(before);
    expect(mine.map((one) => one.attempt)).toEqual([1, 2, 3]);
    expect(mine[0]).toMatchObject({ functionName: 'flaky', calledBy: 'github-webhook', error: { errorMessage: 'no' } });
  });

  it('is not repeated once it succeeded', async () => {
    let calls = 0;
    const handler = async (): Promise<void> => {
      calls += 1;
      if (calls === 1) throw new Error('first time');
    };
    functions.set('recovers', { timeoutMs: 1000, handler });
    const before = finished.length;

    await client.send(new InvokeCommand({ FunctionName: 'recovers', InvocationType: 'Event', Payload: '{}' }));
    await invocations(before + 2);

    expect(finished.slice(before).map((one) => one.error?.errorMessage)).toEqual(['first time', undefined]);
    expect(lambda.statistics().get('recovers')).toMatchObject({ invocations: 2, errors: 1 });
  });
});

it('describes a function, and a dry run invokes nothing', async () => {
  let calls = 0;
  const handler = async (): Promise<number> => {
    calls += 1;
    return calls;
  };
  functions.set('described', { timeoutMs: 55_000, handler });

  const described = await client.send(new GetFunctionCommand({ FunctionName: 'described' }));
  const dryRun = await client.send(new InvokeCommand({ FunctionName: 'described', InvocationType: 'DryRun' }));

  expect(described.Configuration).toMatchObject({ FunctionName: 'described', Timeout: 55, State: 'Active' });
  expect(dryRun.StatusCode).toBe(204);
  expect(calls).toBe(0);
});
