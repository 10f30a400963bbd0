import {
  DescribeExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { World } from './world.ts';

const invoke = 'arn:aws:states:::lambda:invoke';

let world: World;
beforeAll(async () => {
  world = await World.open();
});

describe('callbacks', () => {
  const ask = (fields = {}) => ({
    Ask: {
      Type: 'Task',
      Resource: `${invoke}.waitForTaskToken`,
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      End: true,
      ...fields,
    },
  });
  const waiting = async (fields?: object) => {
    const stateMachineArn = await world.machine(ask(fields));
    const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn }));
    await world.event(executionArn, 'TaskSubmitted');
    const payload = world.invocations.at(-1)?.payload as { token: string } | undefined; // what the state above sends
    return { executionArn, taskToken: payload?.token };
  };

  it('a success is the result of the task, and counts once', async () => {
    const { executionArn, taskToken } = await waiting({ HeartbeatSeconds: 600 });

    await world.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await world.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"approved":true}' }));

    const described = await world.client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: 'SUCCEEDED', output: '{"approved":true}' });
    await expect(world.client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    });
  });

  it('a late answer to a task that has timed out is refused, and changes nothing', async () => {
    const { executionArn, taskToken } = await waiting({ TimeoutSeconds: 1 });
    await world.event(executionArn, 'ExecutionFailed');

    for (const late of [
      new SendTaskSuccessCommand({ taskToken, output: '{}' }),
      new SendTaskFailureCommand({ taskToken, error: 'Late' }),
      new SendTaskHeartbeatCommand({ taskToken }),
    ]) {
      await expect(world.client.send(late as SendTaskHeartbeatCommand)).rejects.toMatchObject({ name: 'TaskTimedOut' });
    }

    expect(await world.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'FAILED',
      error: 'States.Timeout',
    });
  });

  it('a failure is the error of the task', async () => {
    const { executionArn, taskToken } = await waiting();

    await world.client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'by ana' }));

    expect(await world.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'FAILED',
      error: 'Refused',
      cause: 'by ana',
    });
  });

  it('an unknown token and an output that is no JSON are refused', async () => {
    const { taskToken } = await waiting();

    await expect(
      world.client.send(new SendTaskSuccessCommand({ taskToken: 'made-up', output: '{}' })),
    ).rejects.toMatchObject({ name: 'InvalidToken' });
    await expect(
      world.client.send(new SendTaskFailureCommand({ taskToken, error: 'e'.repeat(257) })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(world.client.send(new SendTaskSuccessCommand({ taskToken, output: '{' }))).rejects.toMatchObject({
      name: 'InvalidOutput',
    });
  });
});

describe('functions', () => {
  const work = {
    Work: { Type: 'Task', Resource: invoke, Arguments: { FunctionName: 'work', Payload: { a: 1 } }, End: true },
  };
  const run = async (states: { [name: string]: object }, event: string) => {
    const stateMachineArn = await world.machine(states);
    const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn, input: '"in"' }));
    await world.event(executionArn, event);
    return world.client.send(new DescribeExecutionCommand({ executionArn }));
  };

  it('are invoked with the payload and answer with it', async () => {
    world.lambda = (payload) => ({ body: { got: payload } });

    const { output } = await run(work, 'ExecutionSucceeded');

    expect(JSON.parse(output ?? '')).toMatchObject({
      Payload: { got: { a: 1 } },
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
    });
    expect(world.invocations.at(-1)?.path).toContain('/functions/work/invocations');
  });

  it('by their own ARN get the input and give their answer alone', async () => {
    world.lambda = (payload) => ({ body: [payload] });

    const { output } = await run(
      { Work: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:123456789012:function:own', End: true } },
      'LambdaFunctionSucceeded',
    );

    expect(output).toBe('["in"]');
  });

  it("a function's own error is the error of the task, by its type", async () => {
    const error = { errorType: 'StaleHolder', errorMessage: 'epoch 8', trace: [] };
    world.lambda = () => ({ headers: { 'x-amz-function-error': 'Unhandled' }, body: error });

    const described = await run(work, 'ExecutionFailed');

    expect(described).toMatchObject({ status: 'FAILED', error: 'StaleHolder', cause: JSON.stringify(error) });
  });

  it('an error of the service is named after it', async () => {
    world.lambda = () => ({
      status: 404,
      headers: { 'x-amzn-errortype': 'ResourceNotFoundException' },
      body: { Message: 'no such function' },
    });

    expect(await run(work, 'ExecutionFailed')).toMatchObject({ error: 'Lambda.ResourceNotFoundException' });
  });
});
