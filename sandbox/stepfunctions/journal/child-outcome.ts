import type { ExecutionInput, TaskActivity } from '../interpreter/execution.ts';
import type { JsonObject } from '../interpreter/json.ts';
import { textOf } from '../interpreter/payload.ts';
import type { Execution } from './execution.ts';

/**
 * What a `startExecution.sync` task gets when its child has ended: a description of the child, as the result or, as text,
 * as the cause of States.TaskFailed. `.sync:2` has the child's input and output as JSON, `.sync` as text.
 */
export function childOutcome(child: Execution | undefined, task: TaskActivity): ExecutionInput {
  const { token } = task;
  if (!child)
    return { kind: 'task-failed', token, error: 'States.TaskFailed', cause: 'The child execution does not exist.' };
  const { header, state, inputText } = child;
  const isJson = task.resource.syncVersion === 2;
  const description: JsonObject = {
    ...(state.error === undefined ? {} : { Error: state.error }),
    ...(state.cause === undefined ? {} : { Cause: state.cause }),
    ExecutionArn: header.arn,
    Input: isJson ? header.input : inputText,
    InputDetails: { Included: true },
    Name: header.name,
    ...(state.output === undefined
      ? {}
      : { Output: isJson ? state.output.value : textOf(state.output), OutputDetails: { Included: true } }),
    StartDate: header.startDate,
    StateMachineArn: header.stateMachineArn,
    Status: state.status,
    ...(state.stopDate === undefined ? {} : { StopDate: state.stopDate }),
  };
  if (state.status === 'SUCCEEDED') return { kind: 'task-succeeded', token, output: description };
  return { kind: 'task-failed', token, error: 'States.TaskFailed', cause: JSON.stringify(description) };
}
