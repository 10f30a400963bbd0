import type { ActionContext } from '../api/action.ts';
import { ApiError } from '../api/api-error.ts';
import { startExecution } from '../api/start-execution.ts';
import { isObject, type JsonObject } from '../interpreter/json.ts';
import { type TaskCall, TaskError } from '../journal/task-call.ts';
import { attemptOfToken } from '../journal/task-token.ts';
import { exceptionName } from './naming.ts';

/**
 * `states:startExecution`, in process. Without a Name the child is called after the attempt, and the child remembers the
 * attempt: a call that is repeated after a crash finds the child that it had started.
 */
export async function callStates(context: ActionContext, call: TaskCall): Promise<JsonObject> {
  const args = call.arguments;
  if (!isObject(args) || typeof args.StateMachineArn !== 'string') {
    throw new TaskError(
      'States.Runtime',
      "The arguments of states:startExecution must be an object with the field 'StateMachineArn'.",
    );
  }
  const { StateMachineArn, Name, Input } = args;
  try {
    const { header } = await startExecution(context, {
      stateMachineArn: StateMachineArn,
      name: typeof Name === 'string' ? Name : attemptOfToken(call.token),
      input: typeof Input === 'string' ? Input : JSON.stringify(Input ?? {}),
      startedBy: { token: call.token, stopsWith: call.resource.pattern === 'sync' },
    });
    return {
      ExecutionArn: header.arn,
      StartDate: header.startDate,
      SdkHttpMetadata: { HttpStatusCode: 200 },
      SdkResponseMetadata: { RequestId: attemptOfToken(call.token) },
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new TaskError(
      `StepFunctions.${exceptionName(error.type)}`,
      `${error.message} (Service: AWSStepFunctions; Status Code: ${error.status}; Error Code: ${error.type})`,
    );
  }
}
