import type { FailState, PassState, SucceedState } from '../definition.ts';
import type { ThreadId } from '../execution.ts';
import { evaluate, expressionIn } from '../expressions.ts';
import { EvaluationFailure, StateFailure } from '../failure.ts';
import { typeName } from '../json.ts';
import type { Step } from '../step.ts';
import { leave } from '../transitions.ts';

export async function runPass(step: Step, id: ThreadId, state: PassState): Promise<void> {
  const output = await step.output(id, state.Output, step.visitOf(id).input);
  await leave(step, id, { output, assigned: await step.assigned(id, state.Assign), next: state.Next });
}

export async function runSucceed(step: Step, id: ThreadId, state: SucceedState): Promise<void> {
  const output = await step.output(id, state.Output, step.visitOf(id).input);
  await leave(step, id, { output, assigned: await step.assigned(id, state.Assign), next: undefined });
}

export async function runFail(step: Step, id: ThreadId, state: FailState): Promise<void> {
  const error = await text(step, id, 'Error', state.Error);
  const cause = await text(step, id, 'Cause', state.Cause);
  throw new StateFailure({ error, cause });
}

async function text(step: Step, id: ThreadId, field: string, value: string | undefined): Promise<string | undefined> {
  const expression = value === undefined ? undefined : expressionIn(value);
  if (expression === undefined) return value;
  const result = await evaluate(expression, step.scope(id), field);
  if (typeof result === 'string') return result;
  const was = `Expected 'string', but was '${typeName(result)}' for value: ${JSON.stringify(result)}`;
  throw new EvaluationFailure(
    `The JSONata expression '${expression}' specified for the field '${field}' returned an unexpected result type. ${was}`,
    field,
  );
}
