import {
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  paginateGetExecutionHistory,
  paginateListExecutions,
  StartExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
} from '@aws-sdk/client-sfn';
import { beforeAll, describe, expect, it } from 'vitest';
import { roleArn, World } from './world.ts';

const done = { Done: { Type: 'Pass', End: true } };
const nap = { Nap: { Type: 'Wait', Seconds: 3600, End: true } };

let world: World;
beforeAll(async () => {
  world = await World.open();
});

describe('executions', () => {
  it('a start is idempotent by name and input while the execution runs', async () => {
    const stateMachineArn = await world.machine(nap);
    const start = (input: string) =>
      world.client.send(new StartExecutionCommand({ stateMachineArn, name: 'once', input }));
    const first = await start('{"a":1}');

    expect(await start('{"a":1}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(start('{"a":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await world.client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    await expect(start('{"a":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it('the start date has milliseconds and is the instant in the context object', async () => {
    const stateMachineArn = await world.machine({
      Show: { Type: 'Succeed', Output: '{% $states.context.Execution %}' },
    });

    const { executionArn, startDate } = await world.client.send(
      new StartExecutionCommand({ stateMachineArn, name: 'shown', input: '{"a":[1]}' }),
    );
    await world.event(executionArn, 'ExecutionSucceeded');
    const described = await world.client.send(new DescribeExecutionCommand({ executionArn }));

    expect(described.startDate).toEqual(startDate);
    expect(JSON.parse(described.output ?? '')).toEqual({
      Id: executionArn,
      Input: { a: [1] },
      Name: 'shown',
      RoleArn: roleArn,
      StartTime: startDate?.toISOString(),
      RedriveCount: 0,
    });
    expect(described).toMatchObject({ status: 'SUCCEEDED', name: 'shown', stateMachineArn, input: '{"a":[1]}' });
  });

  it('are listed newest first, filtered by status, in pages', async () => {
    const stateMachineArn = await world.machine(nap);
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await world.client.send(new StartExecutionCommand({ stateMachineArn, name }));
    const executionArn = `${stateMachineArn.replace('stateMachine', 'execution')}:b`;
    await world.client.send(new StopExecutionCommand({ executionArn }));
    const names: string[][] = [];

    for await (const page of paginateListExecutions(
      { client: world.client, pageSize: 2 },
      { stateMachineArn, statusFilter: 'RUNNING' },
    )) {
      names.push((page.executions ?? []).map(({ name }) => name ?? ''));
    }
    const { executions } = await world.client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'ABORTED' }),
    );

    expect(names).toEqual([
      ['e', 'd'],
      ['c', 'a'],
    ]);
    expect(executions?.map(({ name }) => name)).toEqual(['b']);
  });

  it('a page begins where the last one ended, whatever has begun since', async () => {
    const stateMachineArn = await world.machine(nap);
    const start = (name: string) => world.client.send(new StartExecutionCommand({ stateMachineArn, name }));
    const page = async (nextToken?: string) => {
      const answer = await world.client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2, nextToken }));
      return { names: answer.executions?.map(({ name }) => name), nextToken: answer.nextToken };
    };
    for (const name of ['a', 'b', 'c']) await start(name);

    const first = await page();
    await start('d');

    expect(first.names).toEqual(['c', 'b']);
    expect(await page(first.nextToken)).toEqual({ names: ['a'], nextToken: undefined });
    await expect(page('made-up')).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('a stop says when it was, is no error the second time, and has an error of at most 256 characters', async () => {
    const stateMachineArn = await world.machine(nap);
    const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn }));
    const stop = (error: string) => world.client.send(new StopExecutionCommand({ executionArn, error }));

    await expect(stop('e'.repeat(257))).rejects.toMatchObject({ name: 'ValidationException' });
    const { stopDate } = await stop('Enough');

    expect((await stop('Again')).stopDate).toEqual(stopDate);
    expect(await world.client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      status: 'ABORTED',
      error: 'Enough',
      stopDate,
    });
  });

  it('the history comes in pages, and backwards', async () => {
    const stateMachineArn = await world.machine({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', End: true } });
    const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn }));
    await world.event(executionArn, 'ExecutionSucceeded');
    const ids: (number | undefined)[] = [];

    for await (const page of paginateGetExecutionHistory({ client: world.client, pageSize: 4 }, { executionArn })) {
      ids.push(...(page.events ?? []).map(({ id }) => id));
    }
    const { events } = await world.client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );

    const bare = await world.client.send(new GetExecutionHistoryCommand({ executionArn, includeExecutionData: false }));

    expect(bare.events?.map(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.input)).toEqual(
      Array(6).fill(undefined),
    );
    expect(bare.events?.[1]?.stateEnteredEventDetails?.name).toBe('A');
    expect(ids).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events).toMatchObject([
      { id: 6, previousEventId: 5, type: 'ExecutionSucceeded', timestamp: expect.any(Date) },
    ]);
  });

  it('keep the definition that they began with', async () => {
    const stateMachineArn = await world.machine(nap);
    const { executionArn } = await world.client.send(new StartExecutionCommand({ stateMachineArn }));
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: done });
    await world.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition }));

    const began = await world.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));

    expect(JSON.parse(began.definition ?? '').StartAt).toBe('Nap');
  });

  it('refuse what AWS refuses', async () => {
    const stateMachineArn = await world.machine(nap);
    const start = (request: object) => world.client.send(new StartExecutionCommand({ stateMachineArn, ...request }));
    const executionArn = 'arn:aws:states:us-east-1:123456789012:execution:none:none';

    await expect(start({ input: '{' })).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
    await expect(start({ name: 'n'.repeat(81) })).rejects.toMatchObject({ name: 'InvalidName' });
    await expect(start({ input: JSON.stringify('x'.repeat(262_144)) })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(start({ stateMachineArn: `${stateMachineArn}-not` })).rejects.toMatchObject({
      name: 'StateMachineDoesNotExist',
    });
    await expect(
      world.client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'DONE' as 'RUNNING' })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(start({ stateMachineArn: 'machine' })).rejects.toMatchObject({ name: 'InvalidArn' });
    await expect(world.client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
      $metadata: { httpStatusCode: 400 },
    });
  });
});

it('only loopback names are answered', async () => {
  const { request } = await import('node:http');
  const status = await new Promise((resolve, reject) => {
    request(world.endpoint, { method: 'POST', headers: { host: 'evil.example.com' } }, ({ statusCode }) =>
      resolve(statusCode),
    )
      .on('error', reject)
      .end();
  });

  expect(status).toBe(403);
});
