import type { Thread } from './execution.ts';
import { errorNames, StateFailure } from './failure.ts';
import type { Json, JsonObject } from './json.ts';

/** Step Functions quotas, in bytes: one variable, all of one Assign, everything that an execution keeps at a time. */
const limits = { variable: 262_144, assign: 262_144, execution: 10_485_760 };

const sizeOf = (value: Json): number => Buffer.byteLength(JSON.stringify(value));
const sum = (values: Iterable<Json>): number => [...values].map(sizeOf).reduce((total, size) => total + size, 0);

/** Throws when `assigned`, by the thread with this id, would be more than a variable, an Assign or an execution can hold. */
export function checkVariables(threads: readonly Thread[], id: string, assigned: JsonObject): void {
  for (const [name, value] of Object.entries(assigned)) {
    if (sizeOf(value) > limits.variable) throw tooLarge(`The variable '${name}' is`, limits.variable);
  }
  if (sum(Object.values(assigned)) > limits.assign) throw tooLarge('The variables of one Assign are', limits.assign);
  const kept = threads.map((thread) => (thread.id === id ? { ...thread.variables, ...assigned } : thread.variables));
  const values = kept.flatMap((variables) => Object.values(variables));
  // so few cannot be too large, and most executions have fewer
  if (values.length <= limits.execution / limits.variable) return;
  if (sum(values) > limits.execution) throw tooLarge('The variables of the execution are', limits.execution);
}

const tooLarge = (what: string, limit: number): StateFailure =>
  new StateFailure({
    error: errorNames.dataLimit,
    cause: `${what} larger than the ${limit} bytes that Step Functions keeps.`,
    terminal: true,
  });
