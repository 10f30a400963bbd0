import { payloadLimit } from '../interpreter/payload.ts';
import type { Execution } from '../journal/execution.ts';
import type { ActionContext } from './action.ts';
import { ApiError } from './api-error.ts';
import { lastingMachine } from './machines.ts';
import { checkName } from './parameters.ts';

/** What StartExecution asks, from the API or from a task. */
export interface StartExecutionRequest {
  stateMachineArn: string;
  name?: string | undefined;
  input?: string | undefined;
  /** Token of the task that asks: asking again with it is the same request. */
  startedBy?: { token: string; stopsWith: boolean };
}

/**
 * Starts an execution. Idempotent by name: the same name and input of a RUNNING execution is answered as the first time;
 * any other use of a taken name is ExecutionAlreadyExists.
 */
export async function startExecution(context: ActionContext, request: StartExecutionRequest): Promise<Execution> {
  const { engine, region, accountId } = context;
  const machine = lastingMachine(context, request.stateMachineArn);
  const name = checkName(request.name ?? engine.ids.uuid());
  const inputText = checkInput(request.input ?? '{}');
  const arn = `arn:aws:states:${region}:${accountId}:execution:${machine.name}:${name}`;
  const existing = engine.store.executions.get(arn);
  if (existing) {
    await existing.queue; // it may be about to begin
    if (engine.store.executions.get(arn) !== existing) return startExecution(context, { ...request, name });
    const again = request.startedBy !== undefined && request.startedBy.token === existing.startedBy?.token;
    if (again || (existing.state.status === 'RUNNING' && existing.inputText === inputText)) return existing;
    throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const { startedBy } = request;
  return engine.start({ machine, name, inputText, ...(startedBy === undefined ? {} : { startedBy }) });
}

function checkInput(input: string): string {
  if (Buffer.byteLength(input) > payloadLimit) {
    throw new ApiError(
      'ValidationException',
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${payloadLimit}`,
    );
  }
  try {
    JSON.parse(input);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
  }
  return input;
}
