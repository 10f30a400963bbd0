import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TaskError } from '../../../../sandbox/stepfunctions/journal/task-call.ts';
import { eventTypes, World } from './world.ts';

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

describe('errors', () => {
  it('Catch of States.QueryEvaluationError covers Arguments and Output of a task', async () => {
    const guards = {
      Catch: [
        { ErrorEquals: ['States.QueryEvaluationError'], Next: 'Done', Output: '{% $states.errorOutput.Error %}' },
      ],
    };
    const before = await world.start({ Work: task({ Arguments: '{% $nothing %}', ...guards }), Done: end });
    const after = await world.start({ Work: task({ Output: '{% $nothing %}', ...guards }), Done: end });

    expect(before.state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'States.QueryEvaluationError' } });
    expect(after.state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'States.QueryEvaluationError' } });
    expect(eventTypes(after)).toContain('EvaluationFailed');
    expect(world.calls).toHaveLength(1);
  });

  it('an endless expression fails its state and does not hang the engine', async () => {
    const { state } = await world.start({
      Loop: { Type: 'Pass', Output: '{% ($f := function($n) { $f($n + 1) }; $f(0)) %}', End: true },
    });

    expect(state).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(state.cause).toContain('D1012');
  });

  it('$eval is not there', async () => {
    const { state } = await world.start({ Try: { Type: 'Pass', Output: "{% $eval('1') %}", End: true } });

    expect(state).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  });

  it('neither States.ALL nor its own name catches States.Runtime', async () => {
    world.answer = async () => {
      throw new TaskError('States.Runtime', 'no');
    };
    const { state } = await world.start({
      Work: task({
        Catch: [
          { ErrorEquals: ['States.Runtime'], Next: 'Done' },
          { ErrorEquals: ['States.ALL'], Next: 'Done' },
        ],
      }),
      Done: end,
    });

    expect(state).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
  });

  it('retries after IntervalSeconds, growing by BackoffRate up to MaxDelaySeconds, then catches', async () => {
    const times: number[] = [];
    world.answer = async () => {
      times.push(world.clock.now());
      throw new TaskError('Boom', 'again');
    };
    const execution = await world.start({
      Work: task({
        Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 3 }],
        Catch: [
          { ErrorEquals: ['States.TaskFailed'], Next: 'Done', Assign: { what: '{% $states.errorOutput.Cause %}' } },
        ],
      }),
      Done: { Type: 'Pass', Output: '{% $what %}', End: true },
    });

    await world.pass(60);

    expect(times.map((time, n) => time - (times[n - 1] ?? time))).toEqual([0, 2000, 6000, 10_000]);
    expect(execution.state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'again' } });
  });

  it('JitterStrategy FULL waits a random part of the interval', async () => {
    world.answer = async () => {
      throw new TaskError('Boom', 'again');
    };
    await world.start({
      Work: task({ Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 8, JitterStrategy: 'FULL' }] }),
    });

    await world.pass(4); // the random number is 0.5

    expect(world.calls).toHaveLength(2);
  });

  it('a machine that never ends is ended by the limit of 25,000 events, and others run meanwhile', async () => {
    const endless = await world.start({
      A: { Type: 'Pass', Next: 'B' },
      B: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.stop = true %}', Next: 'Done' }], Default: 'A' },
      Done: end,
    });
    const other = await world.start({ Done: end });
    expect(other.state.status).toBe('SUCCEEDED');

    while (endless.state.status === 'RUNNING') await world.pass(0);

    expect(endless.state).toMatchObject({ status: 'FAILED', error: 'States.Runtime', eventCount: 25_000 });
    expect(endless.state.cause).toContain('maximum number of history events (25000)');
  });
});
