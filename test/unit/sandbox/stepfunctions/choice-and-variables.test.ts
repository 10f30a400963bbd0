import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { World } from './world.ts';

const end = { Type: 'Pass', End: true };

let world: World;
beforeEach(async () => {
  world = await World.open();
});
afterEach(async () => {
  expect(world.faults).toEqual([]);
  await world.close();
});

describe('choice', () => {
  it('without a matching rule and without Default fails with States.NoChoiceMatched', async () => {
    const { state, history } = await world.start(
      {
        Choose: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.go %}', Next: 'Done' }] },
        Done: end,
      },
      { go: false },
    );

    expect(state).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
    expect(state.cause).toContain("the state 'Choose' (entered at the event id #2)");
    expect(history.events().at(-1)).toMatchObject({ type: 'ExecutionFailed', previousEventId: 2 });
  });

  it('a condition that is no boolean fails', async () => {
    const { state } = await world.start({
      Choose: { Type: 'Choice', Choices: [{ Condition: '{% 1 %}', Next: 'Done' }], Default: 'Done' },
      Done: end,
    });

    expect(state).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(state.cause).toContain(
      "'Choices[0]/Condition' returned an unexpected result type. Expected 'boolean', but was 'number' for value: 1",
    );
  });

  it("a matched rule's Assign and Output replace the state's own", async () => {
    const choose = (go: boolean) =>
      world.start(
        {
          Choose: {
            Type: 'Choice',
            Choices: [
              { Condition: '{% $states.input.go %}', Next: 'Show', Assign: { a: 'rule' }, Output: 'from rule' },
            ],
            Default: 'Show',
            Assign: { a: 'default' },
            Output: 'from default',
          },
          Show: { Type: 'Pass', Output: '{% [$a, $states.input] %}', End: true },
        },
        { go },
      );

    expect((await choose(true)).state.output?.value).toEqual(['rule', 'from rule']);
    expect((await choose(false)).state.output?.value).toEqual(['default', 'from default']);
  });
});

describe('variables', () => {
  // https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html, "Using Assign with Choice states": the two placements exclude each other.
  it("a matched rule without Assign and Output keeps the state's own from being evaluated", async () => {
    const { state } = await world.start({
      Set: { Type: 'Pass', Assign: { a: 'before' }, Next: 'Choose' },
      Choose: {
        Type: 'Choice',
        Choices: [{ Condition: true, Next: 'Show' }],
        Default: 'Show',
        Assign: { a: '{% $error("evaluated") %}' },
        Output: '{% $error("evaluated") %}',
      },
      Show: { Type: 'Pass', Output: '{% [$a, $states.input] %}', End: true },
    });

    expect(state.output?.value).toEqual(['before', {}]);
  });

  it('all expressions of one Assign see the old values', async () => {
    const { state } = await world.start({
      First: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
      Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Output: '{% $a %}', Next: 'Show' },
      Show: { Type: 'Pass', Output: '{% [$a, $b, $states.input] %}', End: true },
    });

    expect(state.output?.value).toEqual([2, 1, 1]);
  });

  it('a branch sees the variables around it, and its own end with it', async () => {
    const { state } = await world.start({
      First: { Type: 'Pass', Assign: { outer: 'o' }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Own',
            States: {
              Own: { Type: 'Pass', Assign: { inner: 'i' }, Next: 'Use' },
              Use: { Type: 'Pass', Output: '{% $outer & $inner %}', End: true },
            },
          },
        ],
        Next: 'After',
      },
      After: { Type: 'Pass', Output: '{% [$states.input, $exists($inner)] %}', End: true },
    });

    expect(state.output?.value).toEqual(['oi', false]);
  });

  const long = (bytes: number) => `{% $pad('', ${bytes}, 'x') %}`;
  const kept = (assign: { [name: string]: string }) =>
    world.start({ Keep: { Type: 'Pass', Assign: assign, End: true } });

  it('one variable and one Assign hold at most 256 KiB', async () => {
    const quotes = 2;
    expect((await kept({ a: long(262_144 - quotes) })).state.status).toBe('SUCCEEDED');
    for (const assign of [{ a: long(262_144) }, { a: long(140_000), b: long(140_000) }]) {
      expect((await kept(assign)).state).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
    }
  });

  it('an execution keeps at most 10 MiB of variables at a time', async () => {
    const rounds = (size: number) =>
      world.start({
        First: { Type: 'Pass', Assign: { n: 0 }, Next: 'Fork' },
        Fork: {
          Type: 'Map',
          Items: '{% [1..41] %}',
          ItemProcessor: {
            StartAt: 'Keep',
            States: {
              Keep: { Type: 'Pass', Assign: { kept: long(size) }, Next: 'Wait' },
              Wait: { Type: 'Wait', Seconds: 1, Output: 1, End: true },
            },
          },
          MaxConcurrency: 40,
          Output: 'all',
          End: true,
        },
      });

    const few = await rounds(250_000);
    const many = await rounds(262_142);
    await world.pass(5);

    expect(few.state).toMatchObject({ status: 'SUCCEEDED', output: { value: 'all' } });
    expect(many.state).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});
