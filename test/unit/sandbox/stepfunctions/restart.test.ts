import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TaskError } from '../../../../sandbox/stepfunctions/journal/task-call.ts';
import { eventTypes, never, World } from './world.ts';

const invoke = 'arn:aws:states:::lambda:invoke';
const end = { Type: 'Pass', End: true };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe('after a restart', () => {
  it('a timer that ran out meanwhile fires at once, and one that did not fires in its time', async () => {
    const short = await world.start({ Nap: { Type: 'Wait', Seconds: 10, End: true } });
    const long = await world.start({ Nap: { Type: 'Wait', Seconds: 90, End: true } });

    await world.restart(() => world.clock.jump(30_000));
    await world.pass(0);

    expect(world.find(short).state.status).toBe('SUCCEEDED');
    expect(world.find(long).state.status).toBe('RUNNING');
    await world.pass(60);
    expect(world.find(long).state.status).toBe('SUCCEEDED');
  });

  it('a call without a recorded answer is made again with the same token, a recorded one is not', async () => {
    world.answer = async ({ arguments: args }) => (args === 'second' ? never() : 'answer');
    const task = { Type: 'Task', Resource: invoke };
    const execution = await world.start({
      First: { ...task, Arguments: 'first', Next: 'Second' },
      Second: { ...task, Arguments: 'second', End: true },
    });

    world.answer = async () => 'after all';
    await world.restart();

    expect(world.calls.map((call) => call.arguments)).toEqual(['first', 'second', 'second']);
    expect(world.calls[2]?.token).toBe(world.calls[1]?.token);
    expect(world.find(execution).state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'after all' } });
  });

  it('a task token handed out before is still good', async () => {
    const execution = await world.start({
      Ask: { Type: 'Task', Resource: `${invoke}.waitForTaskToken`, Arguments: {}, End: true },
    });
    const token = world.calls[0]?.token ?? '';

    await world.restart();
    const outcome = await world.engine.callback(token, { kind: 'task-succeeded', token, output: 'yes' });

    expect(outcome).toBe('done');
    expect(world.calls).toHaveLength(1);
    expect(world.find(execution).state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'yes' } });
  });

  it('the end of an execution that nobody was told of is told', async () => {
    world.onStatusChange = ({ detail }) => {
      if (detail.status !== 'RUNNING') throw new Error('the process dies here');
    };
    const execution = await world.start({ Done: end });
    const told: string[] = [];
    world.faults.length = 0;

    world.onStatusChange = ({ detail }) => told.push(detail.status);
    await world.restart();
    await world.restart();

    expect(world.find(execution).told).toBe('SUCCEEDED');
    expect(told).toEqual(['SUCCEEDED']);
  });

  it('wherever in its journal it was cut off, an execution ends the same way', async () => {
    const task = { Type: 'Task', Resource: invoke };
    const item = { StartAt: 'Item', States: { Item: { ...task, End: true } } };
    world.answer = async ({ arguments: args }) => {
      if (args === 'bad') throw new TaskError('Bad', 'input');
      return `answer to ${JSON.stringify(args)}`;
    };
    const states = {
      Start: { Type: 'Pass', Assign: { n: 1 }, Next: 'Try' },
      Try: {
        ...task,
        Arguments: 'bad',
        Retry: [{ ErrorEquals: ['Bad'], MaxAttempts: 2 }],
        Catch: [{ ErrorEquals: ['Bad'], Next: 'Nap', Assign: { caught: '{% $states.errorOutput.Cause %}' } }],
        Next: 'Nap',
      },
      Nap: { Type: 'Wait', Seconds: 7, Output: ['a', 'b', 'c'], Next: 'Each' },
      Each: { Type: 'Map', MaxConcurrency: 1, ItemProcessor: item, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Quick', States: { Quick: { Type: 'Pass', End: true } } },
          { StartAt: 'Slow', States: { Slow: { Type: 'Wait', Seconds: 3, Output: 'slow', End: true } } },
        ],
        Output: '{% {"results": $states.result, "n": $n, "caught": $caught} %}',
        End: true,
      },
    };
    const execution = await world.start(states);
    await world.pass(60);
    expect(execution.state.status).toBe('SUCCEEDED');
    const whole = { output: execution.state.output, types: eventTypes(execution) };
    const file = join(world.folder, 'stepfunctions.journal');
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);

    for (let kept = 2; kept <= lines.length; kept++) {
      await world.restart(() =>
        writeFileSync(file, `${lines.slice(0, kept).join('\n')}\n${kept % 2 ? '' : (lines[kept]?.slice(0, 40) ?? '')}`),
      );
      await world.pass(60);

      const { state, history } = world.find(execution);
      const ids = history.events().map(({ id }) => id);
      expect({ kept, output: state.output, types: eventTypes(world.find(execution)) }).toEqual({ kept, ...whole });
      expect(ids).toEqual(ids.map((_, n) => n + 1));
    }
    expect(lines.length).toBeGreaterThan(12);
  });

  it('half of a Parallel goes on where it was', async () => {
    const branch = (seconds: number) => ({
      StartAt: `Nap${seconds}`,
      States: { [`Nap${seconds}`]: { Type: 'Wait', Seconds: seconds, Output: seconds, End: true } },
    });
    const execution = await world.start({ Both: { Type: 'Parallel', Branches: [branch(1), branch(20)], End: true } });
    await world.pass(5);

    await world.restart();
    await world.pass(15);

    expect(world.find(execution).state).toMatchObject({ status: 'SUCCEEDED', output: { value: [1, 20] } });
    expect(
      world
        .find(execution)
        .history.events()
        .map(({ id }) => id),
    ).toEqual(eventTypes(world.find(execution)).map((_, n) => n + 1));
  });

  it('an execution goes on with the definition that it began with, also when its machine is changed or deleted', async () => {
    const execution = await world.start({ Nap: { Type: 'Wait', Seconds: 5, Output: 'old', End: true } });
    const machine = world.engine.store.machines.get(execution.header.stateMachineArn);
    if (!machine) throw new Error('no machine');
    await world.engine.saveMachine({
      ...machine,
      definition: machine.definition.replace('old', 'new'),
      revisionId: 'second',
    });
    await world.engine.deleteMachine(machine.arn);

    await world.restart();
    await world.engine.store.tidy(world.clock.now(), world.clock.now());
    await world.restart();
    await world.pass(5);

    expect(world.find(execution).state.output?.value).toBe('old');
    expect(world.engine.store.machines.has(machine.arn)).toBe(false);
  });
});
