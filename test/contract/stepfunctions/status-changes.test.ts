import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { beforeAll, expect, it } from 'vitest';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.open();
});

it('what does not fit into an event is left out of it', async () => {
  const told = async (input: number, output: number) => {
    world.told.length = 0;
    const stateMachineArn = await world.machine({ Pad: { Type: 'Succeed', Output: `{% $pad('', ${output}, 'x') %}` } });
    const request = { stateMachineArn, input: JSON.stringify('i'.repeat(input)) };
    const { executionArn } = await world.client.send(new StartExecutionCommand(request));
    await world.event(executionArn, 'ExecutionSucceeded');
    const { inputDetails, outputDetails, output: text } = world.told[1]?.detail ?? {};
    return [inputDetails?.included, outputDetails?.included, text?.length];
  };

  expect(await told(100_000, 100_000)).toEqual([true, true, 100_002]);
  expect(await told(200_000, 100_000)).toEqual([false, true, 100_002]);
  expect(await told(1, 260_000)).toEqual([false, false, undefined]);
});

it("changes of status are told in EventBridge's words", async () => {
  world.told.length = 0;
  const stateMachineArn = await world.machine({ Stop: { Type: 'Fail', Error: 'Bad', Cause: 'day' } });
  const { executionArn, startDate } = await world.client.send(
    new StartExecutionCommand({ stateMachineArn, name: 'told', input: '{"a":1}' }),
  );
  await world.event(executionArn, 'ExecutionFailed');

  expect(world.told.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'FAILED']);
  expect(world.told[1]).toMatchObject({
    source: 'aws.states',
    'detail-type': 'Step Functions Execution Status Change',
    account: '123456789012',
    region: 'us-east-1',
    resources: [executionArn],
    detail: {
      executionArn,
      stateMachineArn,
      name: 'told',
      startDate: startDate?.getTime(),
      stopDate: expect.any(Number),
      input: '{"a":1}',
      output: null,
      error: 'Bad',
      cause: 'day',
    },
  });
});
