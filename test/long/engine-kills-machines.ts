const roleArn = 'arn:aws:iam::123456789012:role/r';

const invoke = (name: string, payload: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: {
    FunctionName: name,
    Payload: { id: `{% $states.context.Execution.Name & '/${name}-' & $round %}`, ...payload },
  },
});

/** What the big machine starts and waits for: it succeeds for an even number and fails for an odd one. */
export const child = {
  name: 'child',
  roleArn,
  definition: JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Nap',
    States: {
      Nap: { Type: 'Wait', Seconds: 1, Next: 'Judge' },
      Judge: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input.n % 2 = 0 %}', Next: 'Good' }],
        Default: 'Bad',
      },
      Good: { Type: 'Succeed', Output: '{% $states.input.n * 10 %}' },
      Bad: { Type: 'Fail', Error: 'Odd', Cause: '{% $string($states.input.n) %}' },
    },
  }),
};

/** A machine of every state type, three times round, whose output depends on its input only. Input: `{n}`. */
export const everything = {
  name: 'everything',
  roleArn,
  definition: JSON.stringify({
    QueryLanguage: 'JSONata',
    StartAt: 'Prepare',
    States: {
      Prepare: { Type: 'Pass', Assign: { n: '{% $states.input.n %}', round: 1, seen: [] }, Next: 'Double' },
      Double: {
        ...invoke('double', { n: '{% $n + $round %}' }),
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 1, MaxAttempts: 5, BackoffRate: 1 }],
        Output: '{% $states.result.Payload.value %}',
        Assign: { doubled: '{% $states.result.Payload.value %}' },
        Next: 'Size',
      },
      Size: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input > 50 %}', Assign: { size: 'large' }, Next: 'Both' }],
        Assign: { size: 'small' },
        Default: 'Nap',
      },
      Nap: { Type: 'Wait', Seconds: '{% $n % 2 %}', Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'Direct',
            States: {
              Direct: {
                Type: 'Task',
                Resource: 'arn:aws:lambda:us-east-1:123456789012:function:direct',
                Arguments: { id: "{% $states.context.Execution.Name & '/direct-' & $round %}", n: '{% $n %}' },
                Output: '{% $states.result.value %}',
                End: true,
              },
            },
          },
          { StartAt: 'Later', States: { Later: { Type: 'Wait', Seconds: 1, Output: 'waited', End: true } } },
        ],
        Assign: { both: '{% $states.result %}' },
        Next: 'Each',
      },
      Each: {
        Type: 'Map',
        Items: [1, 2, 3, 4],
        MaxConcurrency: 2,
        ToleratedFailureCount: 1,
        ItemSelector: {
          item: '{% $states.context.Map.Item.Value + $n %}',
          index: '{% $states.context.Map.Item.Index %}',
        },
        ItemProcessor: {
          StartAt: 'One',
          States: {
            One: {
              Type: 'Task',
              Resource: 'arn:aws:states:::lambda:invoke',
              Arguments: {
                FunctionName: 'one',
                Payload: {
                  id: "{% $states.context.Execution.Name & '/one-' & $round & '-' & $states.input.index %}",
                  n: '{% $states.input.item %}',
                  index: '{% $states.input.index %}',
                },
              },
              Output: '{% $states.result.Payload.value %}',
              End: true,
            },
          },
        },
        Assign: { each: '{% $map($states.result, function($r) { $type($r) = "object" ? $r.Error : $r }) %}' },
        Next: 'Ask',
      },
      Ask: {
        ...invoke('ask', { token: '{% $states.context.Task.Token %}', n: '{% $n %}' }),
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        // where a heartbeat is wanted and a kill has cost too much time, it is asked again; elsewhere a token is good for ever
        HeartbeatSeconds: '{% $n % 2 = 0 ? 4 : 3600 %}',
        Retry: [{ ErrorEquals: ['States.HeartbeatTimeout'], IntervalSeconds: 1, BackoffRate: 1, MaxAttempts: 100 }],
        Assign: { said: '{% $states.result %}' },
        Next: 'Silent',
      },
      Silent: {
        ...invoke('silent', {}),
        TimeoutSeconds: 1,
        Catch: [
          { ErrorEquals: ['States.Timeout'], Assign: { silent: '{% $states.errorOutput.Error %}' }, Next: 'Start' },
        ],
        Next: 'Start',
      },
      Start: {
        Type: 'Task',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        Arguments: {
          StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:child',
          Input: { n: '{% $n %}' },
        },
        Catch: [
          {
            ErrorEquals: ['States.TaskFailed'],
            Assign: { started: '{% $states.errorOutput.Error %}' },
            Next: 'Collect',
          },
        ],
        Assign: { started: '{% $states.result.Output %}' },
        Next: 'Collect',
      },
      Collect: {
        Type: 'Pass',
        Assign: {
          seen: '{% $append($seen, [[$doubled, $size, $both, $each, $said, $silent, $started]]) %}',
          round: '{% $round + 1 %}',
        },
        Next: 'Again',
      },
      Again: { Type: 'Choice', Choices: [{ Condition: '{% $round <= 3 %}', Next: 'Double' }], Default: 'Done' },
      Done: { Type: 'Succeed', Output: '{% $seen %}' },
    },
  }),
};
