import type { ChoiceRule, ChoiceState } from '../definition.ts';
import type { ThreadId } from '../execution.ts';
import { evaluate, expressionIn } from '../expressions.ts';
import { EvaluationFailure, errorNames, StateFailure } from '../failure.ts';
import { typeName } from '../json.ts';
import type { Step } from '../step.ts';
import { leave } from '../transitions.ts';

/** Takes the first rule that holds. Its Output and Assign replace the state's own, which belong to Default. */
export async function runChoice(step: Step, id: ThreadId, state: ChoiceState): Promise<void> {
  const { input, state: name } = step.visitOf(id);
  for (const [index, rule] of state.Choices.entries()) {
    if (await holds(step, id, rule, `Choices[${index}]/Condition`)) {
      const holder = `Choices[${index}]/`;
      const output = await step.output(id, rule.Output, input, {}, holder);
      return leave(step, id, { output, assigned: await step.assigned(id, rule.Assign, {}, holder), next: rule.Next });
    }
  }
  if (state.Default === undefined) {
    throw new StateFailure({
      error: errorNames.noChoiceMatched,
      cause: `An error occurred while executing the state '${name}' (entered at the event id #${step.visitOf(id).enteredEvent}). Failed to transition out of the state. The state does not point to a next state.`,
    });
  }
  const output = await step.output(id, state.Output, input);
  await leave(step, id, { output, assigned: await step.assigned(id, state.Assign), next: state.Default });
}

async function holds(step: Step, id: ThreadId, rule: ChoiceRule, location: string): Promise<boolean> {
  if (typeof rule.Condition === 'boolean') return rule.Condition;
  const text = expressionIn(rule.Condition) ?? rule.Condition;
  const value = await evaluate(text, step.scope(id), location);
  if (typeof value === 'boolean') return value;
  const was = `Expected 'boolean', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`;
  throw new EvaluationFailure(
    `The JSONata expression '${text}' specified for the field '${location}' returned an unexpected result type. ${was}`,
    location,
  );
}
