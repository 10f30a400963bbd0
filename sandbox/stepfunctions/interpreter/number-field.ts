import { evaluate, expressionIn, type Scope } from './expressions.ts';
import { EvaluationFailure } from './failure.ts';
import { typeName } from './json.ts';

/** A field that is a number or an expression that yields one: an integer, at least `min`. Undefined when the field is absent. */
export async function numberField(
  field: number | string | undefined,
  scope: Scope,
  location: string,
  min = 0,
): Promise<number | undefined> {
  if (typeof field !== 'string') return field;
  const text = expressionIn(field) ?? field;
  const value = await evaluate(text, scope, location);
  const subject = `The JSONata expression '${text}' specified for the field '${location}'`;
  if (typeof value !== 'number') {
    const was = `Expected 'number', but was '${typeName(value)}' for value: ${JSON.stringify(value)}`;
    throw new EvaluationFailure(`${subject} returned an unexpected result type. ${was}`, location);
  }
  if (!Number.isInteger(value) || value < min) {
    throw new EvaluationFailure(
      `${subject} must return an integer that is at least ${min}, but was: ${value}`,
      location,
    );
  }
  return value;
}
