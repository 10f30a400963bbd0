import type { ExecutionStatus, Workflow } from '../../adapters/workflow/workflow.ts';
import type { StartedExecution } from '../../contracts/records/delivery.ts';
import { operationId } from '../../core/operation/id.ts';

/** What starts an operation: which machine, under which name, for which service and trigger. */
export interface OperationStart {
  readonly stateMachineArn: string;
  /** At most 80 characters; the same name starts once (I10). */
  readonly name: string;
  readonly service: string;
  /** A trigger of contracts/trigger.ts; the machine's first function parses it. */
  readonly trigger: object;
}

export type OperationStarted =
  | {
      kind: 'started';
      /** Id of the operation that the execution carries out. */
      operation: string;
      /** ARN of the execution. */
      execution: string;
      started: StartedExecution;
    }
  | {
      kind: 'already-exists';
      /** Null when nobody knows when the earlier execution started. */
      operation: string | null;
      execution: string;
      /** The earlier execution's input, as JSON text. */
      input: string | null;
      /** How the earlier execution stands, and what came of it as JSON text; null when nobody knows. */
      status: ExecutionStatus | null;
      output: string | null;
    };

/**
 * Starts an execution and says which operation it is. A name that is taken answers with the execution that has it.
 *
 * @throws {DependencyUnavailable} when Step Functions does not answer: the caller's own caller tries again.
 */
export async function startOperation(workflow: Workflow, start: OperationStart): Promise<OperationStarted> {
  const { stateMachineArn, name, service, trigger } = start;
  const input = { service, trigger };
  const started = await workflow.start({ stateMachineArn, name, input });
  if (started.kind === 'started') {
    const { executionArn, startedAt } = started;
    return {
      kind: 'started',
      operation: operationId(startedAt, name),
      execution: executionArn,
      started: {
        executionArn,
        stateMachineArn,
        startedAt: new Date(startedAt).toISOString(),
        input: JSON.stringify(input),
      },
    };
  }
  const execution = executionArn(stateMachineArn, name);
  const earlier = await workflow.describe(execution);
  const operation = earlier === null ? null : operationId(earlier.startedAt, name);
  const { input: earlierInput = null, status = null, output = null } = earlier ?? {};
  return { kind: 'already-exists', operation, execution, input: earlierInput, status, output };
}

/** `arn:aws:states:…:stateMachine:M` and `N` make `arn:aws:states:…:execution:M:N`. */
export const executionArn = (stateMachineArn: string, name: string): string =>
  `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
