import type { IncomingMessage, ServerResponse } from 'node:http';
import { foreignPageRefusal, isForeignPage } from '../../aws/foreign-page.ts';
import type { Action, ActionContext } from './action.ts';
import { ApiError } from './api-error.ts';
import { executionActions } from './execution-actions.ts';
import { Parameters } from './parameters.ts';
import { stateMachineActions } from './state-machine-actions.ts';
import { taskActions } from './task-actions.ts';

/** Every operation that the API knows. */
export const actions: Readonly<Record<string, Action>> = {
  ...stateMachineActions,
  ...executionActions,
  ...taskActions,
};

const targetPrefix = 'AWSStepFunctions.';
/** Beyond the largest definition and what its JSON text adds. */
const bodyLimit = 8 * 1_048_576;

/** Speaks AWS JSON 1.0. Answers to loopback names only, so that no web page can reach it by a name of its own. */
export const handleRequest =
  (context: ActionContext, onFault: (fault: unknown) => void) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = context.engine.ids.uuid();
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}) => {
      const text = JSON.stringify(body);
      response.writeHead(status, {
        'content-type': 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(text),
        'x-amzn-requestid': requestId,
        ...headers,
      });
      response.end(text);
    };
    try {
      checkSender(request);
      const body = await readBody(request);
      const target = String(request.headers['x-amz-target'] ?? '');
      const name = target.startsWith(targetPrefix) ? target.slice(targetPrefix.length) : '';
      const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
      if (request.method !== 'POST' || !action) {
        throw new ApiError('UnknownOperationException', `The operation ${target || '(none)'} is not supported here.`);
      }
      answer(200, await action(context, new Parameters(body)));
    } catch (error) {
      if (!(error instanceof ApiError)) onFault(error);
      const { type, message, status } =
        error instanceof ApiError ? error : new ApiError('InternalFailure', 'The engine failed; see its log.', 500);
      answer(status, { __type: `com.amazonaws.swf.service.v2.model#${type}`, message }, { 'x-amzn-errortype': type });
    }
  };

function checkSender({ method, headers }: IncomingMessage): void {
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(host))
    throw new ApiError('AccessDeniedException', `The host name ${host} is not served.`, 403);
  if (isForeignPage(method, headers)) throw new ApiError('AccessDeniedException', foreignPageRefusal, 403);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    // an IncomingMessage without an encoding yields Buffers
    const buffer = chunk as Buffer;
    size += buffer.length;
    if (size > bodyLimit) throw new ApiError('ValidationException', `A request has at most ${bodyLimit} bytes.`, 413);
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
