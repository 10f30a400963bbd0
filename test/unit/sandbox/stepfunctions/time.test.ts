import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventTypes, never, World } from './world.ts';

const invoke = 'arn:aws:states:::lambda:invoke';
const task = (fields: object) => ({ Type: 'Task', Resource: invoke, End: true, ...fields });
const end = { Type: 'Pass', End: true };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe('time', () => {
  it('TimeoutSeconds ends a task with States.Timeout, and a late answer changes nothing', async () => {
    let late: (value: string) => void = () => {};
    world.answer = () =>
      new Promise((resolve) => {
        late = resolve;
      });
    const execution = await world.start({
      Work: task({ TimeoutSeconds: '{% 2 + 1 %}', Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Nap' }] }),
      Nap: { Type: 'Wait', Seconds: 10, Next: 'Done' },
      Done: end,
    });

    await world.pass(3);
    late('too late');
    await world.pass(10);

    expect(execution.state).toMatchObject({
      status: 'SUCCEEDED',
      output: { value: { Error: 'States.Timeout', Cause: '' } },
    });
  });

  it('a heartbeat keeps a callback alive; without one States.HeartbeatTimeout can be caught', async () => {
    const execution = await world.start({
      Ask: {
        Type: 'Task',
        Resource: `${invoke}.waitForTaskToken`,
        Arguments: { FunctionName: 'f', Payload: '{% $states.context.Task.Token %}' },
        HeartbeatSeconds: 10,
        Catch: [{ ErrorEquals: ['States.HeartbeatTimeout'], Next: 'Done', Output: 'lost' }],
        Next: 'Done',
      },
      Done: end,
    });
    const { token } = world.calls[0] ?? { token: '' };

    await world.pass(9);
    expect(await world.engine.callback(token, { kind: 'heartbeat', token })).toBe('done');
    await world.pass(9);
    expect(execution.state.status).toBe('RUNNING');
    await world.pass(1);

    expect(execution.state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'lost' } });
    expect(await world.engine.callback(token, { kind: 'heartbeat', token })).toBe('gone');
  });

  it("the machine's TimeoutSeconds ends the execution as TIMED_OUT", async () => {
    const execution = await world.start({ Nap: { Type: 'Wait', Seconds: 60, End: true } }, {}, { TimeoutSeconds: 5 });

    await world.pass(5);

    expect(execution.state.status).toBe('TIMED_OUT');
    expect(eventTypes(execution).at(-1)).toBe('ExecutionTimedOut');
  });

  it('$now and $millis are the time of the step, and the start is the same instant everywhere', async () => {
    const { state, header } = await world.start({
      Show: { Type: 'Pass', Output: '{% [$now(), $millis(), $states.context.Execution.StartTime] %}', End: true },
    });

    expect(state.output?.value).toEqual(['2026-01-01T00:00:00.123Z', header.startDate, '2026-01-01T00:00:00.123Z']);
  });
});

it.each([
  ['2016-02-29T21:29:29Z', true],
  ['2016-12-05T21:29Z', true],
  ['2016-12-05T21:29:29.123456789+01:00', true],
  ['2016-12-05T21:29:29', false],
  ['2016-12-05 21:29:29Z', false],
  ['2016-02-30T21:29:29Z', false],
  ['2016-13-05T21:29:29Z', false],
  ['2016-12-05T24:00:00Z', false],
  ['2016-12-05T21:60:00Z', false],
  ['2016-12-05T21:29:29+19:00', false],
  ['2016-12-05', false],
  [5, false],
])('the Timestamp %j: %s', async (value, isFine) => {
  const { state } = await world.start(
    { Until: { Type: 'Wait', Timestamp: '{% $states.input %}', Output: 'past', End: true } },
    value,
  );

  if (isFine) expect(state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'past' } });
  else {
    expect(state).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(state.cause).toContain(String(value));
  }
});

it('Credentials stand in the history of what is called with them', async () => {
  const roleArn = 'arn:aws:iam::123456789012:role/other';
  const direct = 'arn:aws:lambda:us-east-1:123456789012:function:f';
  const fields = { Credentials: { RoleArn: '{% $states.input.role %}' } };
  const execution = await world.start(
    {
      One: { ...task(fields), Output: '{% $states.input %}', End: false, Next: 'Two' },
      Two: task({ ...fields, Resource: direct }),
    },
    { role: roleArn },
  );

  const events = execution.history.events();
  expect(events.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails).toMatchObject({
    taskCredentials: { roleArn },
  });
  expect(
    events.find(({ type }) => type === 'LambdaFunctionScheduled')?.lambdaFunctionScheduledEventDetails,
  ).toMatchObject({
    taskCredentials: { roleArn },
  });
});

it('StopExecution aborts what is under way', async () => {
  world.answer = never;
  const running = await world.start({ Work: task({}) });

  await world.engine.input(running, { kind: 'stop', error: 'Enough', cause: 'by hand' });

  expect(running.state).toMatchObject({ status: 'ABORTED', error: 'Enough', cause: 'by hand' });
  expect(running.history.events().at(-1)).toMatchObject({
    type: 'ExecutionAborted',
    executionAbortedEventDetails: { error: 'Enough' },
  });
  expect(world.calls[0]?.signal.aborted).toBe(true);
  expect(world.told.map(({ detail }) => detail.status)).toEqual(['RUNNING', 'ABORTED']);
});
