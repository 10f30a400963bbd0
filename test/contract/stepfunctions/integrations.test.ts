import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, it } from 'vitest';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});

const task = (resource: string, Arguments: object) => ({
  Work: { Type: 'Task', Resource: `arn:aws:states:::${resource}`, Arguments, End: true },
});
const start = async (states: { [name: string]: object }) => {
  const stateMachineArn = await world.machine(states);
  const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn }));
  return executionArn;
};
const describe = (executionArn: string | undefined) =>
  world.client.send(new DescribeExecutionCommand({ executionArn }));
const outcome = async (states: { [name: string]: object }, event: string) => {
  const executionArn = await start(states);
  await world.event(executionArn, event);
  const { output, error, cause } = await describe(executionArn);
  return { error, cause, output: output === undefined ? undefined : JSON.parse(output) };
};
const child = () => world.machine({ Echo: { Type: 'Succeed', Output: '{% {"echo": $states.input} %}' } });

it('startExecution starts a child by name and does not wait for it', async () => {
  const StateMachineArn = await child();

  const { output } = await outcome(
    task('states:startExecution', { StateMachineArn, Name: 'child', Input: { a: 1 } }),
    'ExecutionSucceeded',
  );

  const executionArn = `${StateMachineArn.replace('stateMachine', 'execution')}:child`;
  expect(output).toMatchObject({ ExecutionArn: executionArn, StartDate: expect.any(Number) });
  expect(await describe(executionArn)).toMatchObject({ input: '{"a":1}' });
  const again = await outcome(
    task('states:startExecution', { StateMachineArn, Name: 'child', Input: {} }),
    'ExecutionFailed',
  );
  expect(again.error).toBe('StepFunctions.ExecutionAlreadyExistsException');
});

it('startExecution.sync:2 gives the output as JSON, .sync as text', async () => {
  const StateMachineArn = await child();

  const json = await outcome(
    task('states:startExecution.sync:2', { StateMachineArn, Input: [1] }),
    'ExecutionSucceeded',
  );
  const text = await outcome(task('states:startExecution.sync', { StateMachineArn, Input: [1] }), 'ExecutionSucceeded');

  expect(json.output).toMatchObject({ Status: 'SUCCEEDED', Input: [1], Output: { echo: [1] } });
  expect(text.output).toMatchObject({ Status: 'SUCCEEDED', Input: '[1]', Output: '{"echo":[1]}' });
});

it("a child's failure is States.TaskFailed with a description of the child", async () => {
  const StateMachineArn = await world.machine({ Stop: { Type: 'Fail', Error: 'Bad', Cause: 'day' } });

  const { error, cause } = await outcome(task('states:startExecution.sync:2', { StateMachineArn }), 'ExecutionFailed');

  expect(error).toBe('States.TaskFailed');
  expect(JSON.parse(cause ?? '')).toMatchObject({ Error: 'Bad', Cause: 'day', Status: 'FAILED', StateMachineArn });
});

it('startExecution.waitForTaskToken waits for the callback, which the child can send', async () => {
  const StateMachineArn = await world.machine({
    Call: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sfn:sendTaskSuccess',
      Arguments: { TaskToken: '{% $states.input.token %}', Output: { said: 'yes' } },
      End: true,
    },
  });
  const Input = { token: '{% $states.context.Task.Token %}' };

  const { output } = await outcome(
    task('states:startExecution.waitForTaskToken', { StateMachineArn, Input }),
    'ExecutionSucceeded',
  );

  expect(output).toEqual({ said: 'yes' });
});

it('errors of aws-sdk:sfn have the names that AWS gives them', async () => {
  const { error, cause } = await outcome(task('aws-sdk:sfn:sendTaskFailure', { TaskToken: 'none' }), 'ExecutionFailed');

  expect(error).toBe('Sfn.InvalidTokenException');
  expect(cause).toContain("Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ");
});

it('DynamoDB is called by its own client, and its errors keep their names', async () => {
  const Key = { id: { S: 'a' } };
  world.lambda = () => ({ body: { Item: { id: { S: 'a' } } } });
  const { output } = await outcome(task('dynamodb:getItem', { TableName: 't', Key }), 'ExecutionSucceeded');
  world.lambda = () => ({
    status: 400,
    body: { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no' },
  });
  const { error } = await outcome(task('aws-sdk:dynamodb:putItem', { TableName: 't', Item: Key }), 'ExecutionFailed');

  expect(output).toEqual({ Item: { id: { S: 'a' } } });
  expect(world.invocations.at(-1)?.payload).toEqual({ TableName: 't', Item: Key });
  expect(error).toBe('DynamoDb.ConditionalCheckFailedException');
});

it('events:putEvents takes a Detail as JSON, and an event that failed is a failure of the task', async () => {
  const Entries = [{ Source: 's', DetailType: 'd', Detail: { a: 1 } }];
  world.lambda = () => ({ body: { FailedEntryCount: 0, Entries: [{ EventId: '1' }] } });
  const { output } = await outcome(task('events:putEvents', { Entries }), 'ExecutionSucceeded');
  const sent = world.invocations.at(-1)?.payload;
  world.lambda = () => ({ body: { FailedEntryCount: 1, Entries: [{ ErrorCode: 'MalformedDetail' }] } });
  const { error } = await outcome(task('events:putEvents', { Entries }), 'ExecutionFailed');

  expect(output).toEqual({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  expect(sent).toEqual({ Entries: [{ Source: 's', DetailType: 'd', Detail: '{"a":1}' }] });
  expect(error).toBe('EventBridge.FailedEntry');
});

it('aws-sdk:* speaks in PascalCase with services that do not', async () => {
  world.lambda = () => ({ body: { repositories: [{ repositoryName: 'web', createdAt: 1767225600 }] } });
  const states = task('aws-sdk:ecr:describeRepositories', { RepositoryNames: ['web'] });
  const { output } = await outcome(states, 'ExecutionSucceeded');

  expect(world.invocations.at(-1)?.payload).toEqual({ repositoryNames: ['web'] });
  expect(output).toEqual({ Repositories: [{ RepositoryName: 'web', CreatedAt: '2026-01-01T00:00:00.000Z' }] });
});

it('aws-sdk:lambda gives the payload as text', async () => {
  world.lambda = () => ({ body: { a: 1 } });
  const { output } = await outcome(
    task('aws-sdk:lambda:invoke', { FunctionName: 'f', Payload: '{"b":2}' }),
    'ExecutionSucceeded',
  );

  expect(world.invocations.at(-1)?.payload).toEqual({ b: 2 });
  expect(output).toMatchObject({ StatusCode: 200, Payload: '{"a":1}' });
});

it('what is not there cannot be called, and cannot be caught', async () => {
  const { error, cause } = await outcome(
    {
      ...task('s3:getObject', {}),
      Work: { ...task('s3:getObject', {}).Work, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Never' }] },
      Never: { Type: 'Succeed' },
    },
    'ExecutionFailed',
  );

  expect(error).toBe('States.Runtime');
  expect(cause).toContain('s3:getObject');
});
