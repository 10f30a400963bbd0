import { checkMachine } from './check-machine.ts';
import type { Problem } from './checker.ts';
import type { Machine } from './definition.ts';
import { isObject } from './json.ts';

/** Something wrong with a definition. `location` is a path such as `/States/Ask/Choices[0]/Condition`. */
export interface DefinitionProblem {
  code: 'INVALID_JSON_DESCRIPTION' | Problem['code'];
  message: string;
  location: string;
}

export type ParsedDefinition = { kind: 'valid'; machine: Machine } | { kind: 'invalid'; problems: DefinitionProblem[] };

/** Largest definition (Step Functions quota: 1 MiB). */
export const definitionLimit = 1_048_576;

/** Reads and checks a definition; all problems are reported, each where it is. */
export function parseDefinition(text: string): ParsedDefinition {
  const invalidJson = (message: string): ParsedDefinition => ({
    kind: 'invalid',
    problems: [{ code: 'INVALID_JSON_DESCRIPTION', message, location: '/' }],
  });
  if (Buffer.byteLength(text) > definitionLimit) return invalidJson('The definition is larger than 1 MiB.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return invalidJson(`The definition is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(value)) return invalidJson('The definition must be a JSON object.');
  const problems = checkMachine(value);
  // checkMachine has just verified the shape
  return problems.length === 0
    ? { kind: 'valid', machine: value as unknown as Machine }
    : { kind: 'invalid', problems };
}
