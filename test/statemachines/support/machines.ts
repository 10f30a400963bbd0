import { join } from 'node:path';
import type { z } from 'zod';
import { resultSchemas } from '../../../contracts/results.ts';
import { readDefinition } from '../../../statemachines/read-definition.ts';

/** What of Amazon States Language the machines use. */
export interface State {
  Type: string;
  Next?: string;
  Default?: string;
  TimeoutSeconds?: unknown;
  Resource?: string;
  Arguments?: { FunctionName?: string; Payload?: Record<string, unknown> };
  Choices?: { Condition: string; Next: string; Assign?: unknown }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  Retry?: { ErrorEquals: string[]; MaxAttempts?: number }[];
  Assign?: Record<string, unknown>;
  Output?: unknown;
}
export interface Machine {
  StartAt: string;
  TimeoutSeconds?: number;
  States: Record<string, State>;
}

const names = ['deployment', 'rollback', 'traffic', 'standby'] as const;
export type MachineName = (typeof names)[number];

export const machineFile = (name: string): string =>
  join(import.meta.dirname, '..', '..', '..', 'statemachines', name, 'definition.asl.yaml');

/** Every machine as it is installed, with `${name}` for ARNs. */
export const machines: ReadonlyMap<MachineName, Machine> = new Map(
  // Amazon States Language, which definitions.test.ts checks
  names.map((name) => [name, readDefinition(machineFile(name)) as unknown as Machine]),
);

/** What the function that a task calls may answer; null for a task that calls none. */
export function resultsSchemaOf({ Arguments }: State): z.ZodDiscriminatedUnion | null {
  const action = Arguments?.Payload?.action;
  if (action === undefined) return null;
  const found = Object.entries(resultSchemas).find(([name]) => name === action);
  if (found === undefined) throw new Error(`contracts/results.ts has no results of ${String(action)}.`);
  return found[1];
}

/** The outcomes that a rule of a Choice tests; null when it tests anything else. */
export function testedBy(condition: string): string[] | null {
  const list = /^\{% \$states\.input\.outcome (?:= ("[a-z-]+")|in \[("[a-z-]+"(?:, "[a-z-]+")+)\]) %\}$/.exec(
    condition,
  );
  return list === null ? null : JSON.parse(`[${list[1] ?? list[2]}]`);
}

/** The tasks after which a Choice decides, by name. */
export const tasksBefore = ({ States }: Machine, choice: string): [string, State][] =>
  Object.entries(States).filter(([, { Type, Next }]) => Type === 'Task' && Next === choice);
