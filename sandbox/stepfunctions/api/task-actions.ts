import type { ExecutionInput } from '../interpreter/execution.ts';
import type { Json } from '../interpreter/json.ts';
import { payloadLimit } from '../interpreter/payload.ts';
import { type Action, type ActionContext, errorAndCause } from './action.ts';
import { ApiError } from './api-error.ts';

/** Characters of a task token (API reference). */
const tokenLimit = 2048;

/** Hands a callback to the attempt that its token names. */
async function deliver(
  { engine }: ActionContext,
  token: string,
  input: ExecutionInput,
): Promise<Record<string, never>> {
  const outcome = await engine.callback(token, input);
  if (outcome === 'invalid') throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  if (outcome === 'gone') throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
  return {};
}

const succeed: Action = async (context, parameters) => {
  const token = parameters.string('taskToken', tokenLimit);
  const output = parseOutput(parameters.string('output', payloadLimit));
  return deliver(context, token, { kind: 'task-succeeded', token, output });
};

function parseOutput(text: string): Json {
  if (Buffer.byteLength(text) > payloadLimit)
    throw new ApiError('InvalidOutput', `Invalid Output: 'The output is larger than ${payloadLimit} bytes'`);
  try {
    return JSON.parse(text) as Json; // JSON.parse yields nothing else
  } catch (error) {
    throw new ApiError('InvalidOutput', `Invalid Output: '${error instanceof Error ? error.message : String(error)}'`);
  }
}

const fail: Action = async (context, parameters) => {
  const token = parameters.string('taskToken', tokenLimit);
  return deliver(context, token, { kind: 'task-failed', token, ...errorAndCause(parameters) });
};

const heartbeat: Action = async (context, parameters) => {
  const token = parameters.string('taskToken', tokenLimit);
  return deliver(context, token, { kind: 'heartbeat', token });
};

export const taskActions: Readonly<Record<string, Action>> = {
  SendTaskSuccess: succeed,
  SendTaskFailure: fail,
  SendTaskHeartbeat: heartbeat,
};
