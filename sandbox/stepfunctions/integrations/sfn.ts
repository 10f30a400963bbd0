import type { ActionContext } from '../api/action.ts';
import { ApiError } from '../api/api-error.ts';
import { actions } from '../api/handle-request.ts';
import { Parameters } from '../api/parameters.ts';
import { isObject, type Json } from '../interpreter/json.ts';
import { type TaskCall, TaskError } from '../journal/task-call.ts';
import { capital, exceptionName, renameKeys, small } from './naming.ts';

/** `aws-sdk:sfn:*`, answered in process by the API's own actions. */
export async function callSfn(context: ActionContext, call: TaskCall): Promise<Json> {
  const name = capital(call.resource.action);
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (!action) throw new TaskError('States.Runtime', `The resource ${call.resource.arn} is not supported.`);
  // the definition and the payloads are text; Step Functions turns JSON given for them into text
  const args = isObject(call.arguments) ? call.arguments : {};
  const texts = Object.entries(args).map(([key, value]): [string, Json] => [
    small(key),
    ['Input', 'Output', 'Definition'].includes(key) && typeof value !== 'string' ? JSON.stringify(value) : value,
  ]);
  try {
    return renameKeys(await action(context, new Parameters(JSON.stringify(Object.fromEntries(texts)))), capital);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new TaskError(
      `Sfn.${exceptionName(error.type)}`,
      `${error.message} (Service: Sfn, Status Code: ${error.status}, Request ID: ${call.token.slice(-36)}) (SDK Attempt Count: 1)`,
    );
  }
}
