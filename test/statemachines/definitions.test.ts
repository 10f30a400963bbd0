import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  actCommandSchema,
  notifyCommandSchema,
  observeCommandSchema,
  operationCommandSchema,
  releaseCommandSchema,
  returnTrafficCommandSchema,
} from '../../contracts/commands.ts';
import { workflowErrorNames } from '../../contracts/workflow-errors.ts';
import { parseDefinition } from '../../sandbox/stepfunctions/interpreter/parse-definition.ts';
import { machines, type State, testedBy } from './support/machines.ts';

const commands: Record<string, z.ZodDiscriminatedUnion> = {
  '${release}': releaseCommandSchema,
  '${operation}': operationCommandSchema,
  '${observe}': observeCommandSchema,
  '${act}': actCommandSchema,
  '${return-traffic}': returnTrafficCommandSchema,
  '${notify}': notifyCommandSchema,
};

/** The fields that a command's schema has, by its action. */
function fieldsOf(schema: z.ZodDiscriminatedUnion, action: unknown): string[] | undefined {
  for (const option of schema.options) {
    const { shape } = option as z.ZodObject<{ action: z.ZodLiteral<string> }>; // each command is an object
    if (shape.action.value === action) return Object.keys(shape).sort();
  }
  return undefined;
}

const targets = (state: State): string[] =>
  [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map(({ Next }) => Next),
    ...(state.Catch ?? []).map(({ Next }) => Next),
  ].filter((next): next is string => next !== undefined);

describe.each([...machines])('the %s machine', (_, machine) => {
  const states = Object.entries(machine.States);

  it('is plain Amazon States Language, within the limits of AWS', () => {
    const text = JSON.stringify(machine);

    expect(parseDefinition(text)).toMatchObject({ kind: 'valid' });
    expect(text).not.toMatch(/"<[\w-]+>"/);
  });

  it('reaches every state, and only states that exist', () => {
    const reached = new Set([machine.StartAt, ...states.flatMap(([, state]) => targets(state))]);

    expect([...reached].sort()).toEqual(Object.keys(machine.States).sort());
  });

  it('has a deadline on the whole and on every task (I11)', () => {
    expect(machine.TimeoutSeconds).toBeGreaterThan(0);
    for (const [name, state] of states) {
      if (state.Type === 'Task') expect([name, state.TimeoutSeconds]).toEqual([name, expect.anything()]);
    }
  });

  it('tests in a Choice only the outcome that a task returned (rule 4)', () => {
    for (const [, state] of states) {
      for (const { Condition } of state.Choices ?? []) {
        expect([Condition, testedBy(Condition)]).toEqual([Condition, expect.any(Array)]);
      }
    }
  });

  it('sends commands that the functions know, with exactly their fields', () => {
    for (const [name, { Arguments }] of states) {
      if (Arguments?.Payload === undefined) continue;
      const schema = commands[Arguments.FunctionName ?? ''];
      const known = schema && fieldsOf(schema, Arguments.Payload.action);
      expect([name, known]).toEqual([name, expect.any(Array)]);
      const sent = Object.keys(Arguments.Payload);
      expect([name, sent.filter((field) => known?.includes(field)).sort()]).toEqual([name, known]);
    }
  });
});

it('catches and retries exactly the error names that contracts/ exports (rule 4)', () => {
  const used = new Set(
    [...machines.values()].flatMap(({ States }) =>
      Object.values(States).flatMap(({ Catch = [], Retry = [] }) =>
        [...Catch, ...Retry].flatMap(({ ErrorEquals }) => ErrorEquals),
      ),
    ),
  );

  expect([...used].sort()).toEqual([...workflowErrorNames].sort());
});
