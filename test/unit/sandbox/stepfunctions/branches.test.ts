import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TaskError } from '../../../../sandbox/stepfunctions/journal/task-call.ts';
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

describe('parallel', () => {
  const twoBranches = (guards: object) => ({
    Both: {
      Type: 'Parallel',
      Branches: [
        { StartAt: 'Hang', States: { Hang: task({ Arguments: { FunctionName: 'hang' } }) } },
        { StartAt: 'Sleep', States: { Sleep: { Type: 'Wait', Seconds: 100, End: true } } },
        {
          StartAt: 'Rest',
          States: {
            Rest: { Type: 'Wait', Seconds: 5, Next: 'Break' },
            Break: { Type: 'Fail', Error: 'Broken', Cause: 'why' },
          },
        },
      ],
      Next: 'Done',
      ...guards,
    },
    Done: end,
  });

  it('a branch that fails uncaught aborts its siblings and fails the execution', async () => {
    world.answer = never;
    const execution = await world.start(twoBranches({}));

    await world.pass(5);

    expect(execution.state).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'why' });
    expect(eventTypes(execution).slice(-6)).toEqual([
      'WaitStateExited', 'FailStateEntered', 'TaskStateAborted', 'WaitStateAborted', 'ParallelStateFailed', 'ExecutionFailed',
    ]); // biome-ignore format: one line to compare
    expect(world.calls[0]?.signal.aborted).toBe(true);
    expect(world.clock.next()).toBeUndefined();
  });

  it('a Catch whose own Output fails fails the state a second time', async () => {
    const execution = await world.start({
      Both: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'Break', States: { Break: { Type: 'Fail', Error: 'Broken' } } }],
        Catch: [
          { ErrorEquals: ['Other'], Next: 'Done' },
          { ErrorEquals: ['States.ALL'], Output: { v: '{% $states.input.missing %}' }, Next: 'Done' },
        ],
        End: true,
      },
      Done: end,
    });

    expect(
      execution.history
        .events()
        .slice(4)
        .map(({ type, previousEventId }) => [type, previousEventId]),
    ).toEqual([
      ['ParallelStateFailed', 4],
      ['EvaluationFailed', 4],
      ['ParallelStateFailed', 6],
      ['ExecutionFailed', 7],
    ]);
    expect(execution.state.cause).toContain("specified for the field 'Catch[1]/Output/v' returned nothing");
  });

  it('States.Runtime in a branch ends the execution at once, past the Catch around it', async () => {
    world.answer = async ({ arguments: args }) => {
      if (args === 'hang') return never();
      throw new TaskError('States.Runtime', 'no');
    };
    const execution = await world.start({
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Hang', States: { Hang: task({ Arguments: 'hang' }) } },
          { StartAt: 'Break', States: { Break: task({}) } },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Done' }],
        Next: 'Done',
      },
      Done: end,
    });

    expect(execution.state).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(eventTypes(execution).slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
    expect(world.calls[0]?.signal.aborted).toBe(true);
  });

  it('a failed branch can be caught by the Parallel state', async () => {
    world.answer = never;
    const execution = await world.start(
      twoBranches({ Catch: [{ ErrorEquals: ['Broken'], Next: 'Done', Output: '{% $states.errorOutput %}' }] }),
    );

    await world.pass(5);

    expect(execution.state).toMatchObject({
      status: 'SUCCEEDED',
      output: { value: { Error: 'Broken', Cause: 'why' } },
    });
  });

  it('Retry starts all branches again', async () => {
    let attempts = 0;
    world.answer = async () => {
      if (++attempts < 3) throw new TaskError('Flaky', 'not yet');
      return 'ok';
    };
    const execution = await world.start({
      Both: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'Try', States: { Try: task({}) } }],
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, BackoffRate: 1 }],
        End: true,
      },
    });

    await world.pass(2);

    expect(execution.state).toMatchObject({ status: 'SUCCEEDED', output: { value: ['ok'] } });
    expect(eventTypes(execution)).not.toContain('ParallelStateFailed');
  });
});

describe('map', () => {
  it('runs no more iterations at a time than MaxConcurrency, and keeps the order of the items', async () => {
    const waiting: (() => void)[] = [];
    world.answer = ({ arguments: args }) => new Promise((resolve) => waiting.push(() => resolve(args)));
    const execution = await world.start(
      {
        Each: {
          Type: 'Map',
          MaxConcurrency: 2,
          ItemProcessor: { StartAt: 'Work', States: { Work: task({}) } },
          End: true,
        },
      },
      ['a', 'b', 'c', 'd'],
    );
    const most: number[] = [];

    for (let answered = 0; execution.state.status === 'RUNNING' && answered < 10; answered++) {
      most.push(waiting.length);
      waiting.pop()?.();
      await world.pass(0);
    }

    expect(most).toEqual([2, 2, 2, 1]);
    expect(execution.state.output?.value).toEqual(['a', 'b', 'c', 'd']);
  });

  it('runs 40 iterations at a time when MaxConcurrency does not say', async () => {
    world.answer = never;

    await world.start(
      { Each: { Type: 'Map', ItemProcessor: { StartAt: 'Work', States: { Work: task({}) } }, End: true } },
      Array.from({ length: 50 }, (_, n) => n),
    );

    expect(world.calls).toHaveLength(40);
  });

  it('an ItemSelector that fails begins no iteration', async () => {
    const execution = await world.start(
      {
        Each: {
          Type: 'Map',
          MaxConcurrency: 1,
          ItemSelector: '{% $states.context.Map.Item.Value.v %}',
          ItemProcessor: { StartAt: 'Show', States: { Show: end } },
          End: true,
        },
      },
      [{ v: 1 }, {}],
    );

    expect(execution.state).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(eventTypes(execution).filter((type) => type === 'MapIterationStarted')).toHaveLength(1);
    expect(eventTypes(execution).slice(-3)).toEqual(['EvaluationFailed', 'MapStateFailed', 'ExecutionFailed']);
  });

  it('a failed iteration aborts the others, in the order and chain that AWS has been seen to use', async () => {
    world.answer = never;
    const execution = await world.start(
      {
        Each: {
          Type: 'Map',
          ItemProcessor: {
            StartAt: 'Route',
            States: {
              Route: {
                Type: 'Choice',
                Choices: [{ Condition: '{% $states.input = "break" %}', Next: 'Break' }],
                Default: 'Hang',
              },
              Break: { Type: 'Fail', Error: 'Broken' },
              Hang: task({}),
            },
          },
          End: true,
        },
      },
      ['hang', 'break'],
    );

    const failure = execution.history.events().find(({ type }) => type === 'FailStateEntered')?.id ?? 0;
    const tail = execution.history
      .events()
      .slice(-5)
      .map(({ type, previousEventId }) => [type, previousEventId]);
    expect(tail).toEqual([
      ['MapIterationAborted', failure],
      ['TaskStateAborted', failure],
      ['MapIterationFailed', failure],
      ['MapStateFailed', failure],
      ['ExecutionFailed', execution.state.eventCount - 1],
    ]);
  });

  it('tolerates as many failed iterations as it says', async () => {
    world.answer = async ({ arguments: args }) => {
      if (args === 'bad') throw new TaskError('Bad', 'item');
      return args;
    };
    const map = (items: string[]) =>
      world.start(
        {
          Each: {
            Type: 'Map',
            ToleratedFailurePercentage: 50,
            ItemProcessor: { StartAt: 'Work', States: { Work: task({}) } },
            Output: '{% $count($states.result) %}',
            End: true,
          },
        },
        items,
      );

    expect((await map(['bad', 'good'])).state).toMatchObject({ status: 'SUCCEEDED', output: { value: 2 } });
    expect((await map(['bad', 'good', 'bad'])).state).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });
});

it('what no state changes keeps its text, also inside the result of a Parallel state', async () => {
  const execution = await world.start(
    {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Keep', States: { Keep: { Type: 'Pass', End: true } } },
          { StartAt: 'Make', States: { Make: { Type: 'Pass', Output: '{% $states.input[0] %}', End: true } } },
        ],
        End: true,
      },
    },
    {},
    {},
    '[ 0.0, "a" ]',
  );

  expect(execution.state.output).toEqual({ value: [[0, 'a'], 0], text: '[[ 0.0, "a" ],0]' });
});
