import type { CallTask } from '../sandbox/stepfunctions/journal/task-call.ts';

/** What an engine is measured with; the peer, which knows no JSONata, gets the twins that mean the same in JSONPath. */
const functionName = 'arn:aws:lambda:us-east-1:123456789012:function:work';

/** Five states, one task. */
export const fiveStates = {
  QueryLanguage: 'JSONata',
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Output: { n: '{% $states.input.n + 1 %}' }, Next: 'Work' },
    Work: { Type: 'Task', Resource: functionName, TimeoutSeconds: 60, Next: 'Judge' },
    Judge: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.n > 0 %}', Next: 'Keep' }], Default: 'Done' },
    Keep: { Type: 'Pass', Output: { kept: '{% $states.input.n %}' }, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

export const fiveStatesTwin = {
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, Next: 'Work' },
    Work: { Type: 'Task', Resource: functionName, TimeoutSeconds: 60, Next: 'Judge' },
    Judge: { Type: 'Choice', Choices: [{ Variable: '$.n', NumericGreaterThan: 0, Next: 'Keep' }], Default: 'Done' },
    Keep: { Type: 'Pass', Parameters: { 'kept.$': '$.n' }, Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
} as const;

const chained = <P extends object>(length: number, pass: P) =>
  Object.fromEntries(
    Array.from({ length }, (_, n) => [
      `S${n}`,
      { Type: 'Pass' as const, ...pass, ...(n === length - 1 ? { End: true as const } : { Next: `S${n + 1}` }) },
    ]),
  );

/** A chain of Pass states, each with one expression. */
export const chain = (length: number) => ({
  QueryLanguage: 'JSONata',
  StartAt: 'S0',
  States: chained(length, { Output: { n: '{% $states.input.n + 1 %}' } }),
});

export const chainTwin = (length: number) => ({
  StartAt: 'S0',
  States: chained(length, { Parameters: { 'n.$': 'States.MathAdd($.n, 1)' } }),
});

/** Waits for a callback. */
export const waiting = {
  QueryLanguage: 'JSONata',
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      TimeoutSeconds: 86_400,
      End: true,
    },
  },
};

/** A function that gives back what it gets. */
export const echo: CallTask = async ({ arguments: args }) => args;
