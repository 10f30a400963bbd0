import type { Json } from '../../../sandbox/stepfunctions/interpreter/json.ts';
import type { Machine } from './machines.ts';

/** The machine, begun at one of its tasks with what the states before it would have left in variables. */
export function begunAt({ States, ...machine }: Machine, task: string): Json {
  const variables = { operation: '01J', recheckSeconds: 1, waitSeconds: 1, weight: 5, seq: 1, reason: '' };
  const Here = {
    Type: 'Choice',
    Choices: [{ Condition: true, Assign: { ...States.Begin?.Assign, ...variables }, Next: task }],
    Default: machine.StartAt,
  };
  return JSON.parse(JSON.stringify({ ...machine, StartAt: 'Here', States: { Here, ...States } }));
}
