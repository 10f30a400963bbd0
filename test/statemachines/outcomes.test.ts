import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  type Machine,
  type MachineName,
  machines,
  resultsSchemaOf,
  type State,
  tasksBefore,
  testedBy,
} from './support/machines.ts';

/** One member of a command's union of results. */
interface Result {
  outcomes: string[];
  /** Each field, and whether every such result has it. */
  fields: Map<string, 'always' | 'sometimes'>;
}

/** What the function that a task calls may answer. Empty for a task that calls none. */
function resultsOf(state: State): Result[] {
  const options = (resultsSchemaOf(state)?.options ?? []) as z.ZodObject<{ outcome: z.ZodLiteral<string> }>[]; // as contracts/results.ts builds them
  return options.map((option) => ({
    outcomes: [...option.shape.outcome.values],
    fields: new Map(
      Object.entries(option.shape).map(([field, type]) => [
        field,
        (type as z.ZodType).safeParse(undefined).success ? 'sometimes' : 'always',
      ]),
    ),
  }));
}
const outcomesOf = (state: State): string[] => resultsOf(state).flatMap(({ outcomes }) => outcomes);

/** Every text in a value. */
const texts = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(texts)
      : [];

/** The fields that expressions read below `path`, and whether they do without one that is missing. */
function readsBelow(path: string, value: unknown): { field: string; guarded: boolean }[] {
  return texts(value).flatMap((text) =>
    [...text.matchAll(new RegExp(`\\${path}\\.(\\w+)`, 'g'))].map(([read, field = '']) => ({
      field,
      guarded: text.includes(`${read} ?`),
    })),
  );
}

function missing({ field, guarded }: { field: string; guarded: boolean }, results: readonly Result[]): boolean {
  const has = results.map(({ fields }) => fields.get(field));
  return guarded ? has.every((when) => when === undefined) : !has.length || has.some((when) => when !== 'always');
}

/** The results with which a state is entered, straight from a task or by a rule of a Choice. */
function resultsAt({ States, StartAt }: Machine, name: string): Result[] {
  const found: Result[] = [];
  for (const [before, state] of Object.entries(States)) {
    if (state.Type === 'Task' && state.Next === name) found.push(...resultsOf(state));
    const tested = (state.Choices ?? [])
      .filter(({ Next }) => Next === name)
      .flatMap(({ Condition }) => testedBy(Condition) ?? []);
    const tasks = tasksBefore({ States, StartAt }, before);
    found.push(
      ...tasks
        .flatMap(([, task]) => resultsOf(task))
        .filter(({ outcomes }) => outcomes.some((outcome) => tested.includes(outcome))),
    );
  }
  return found;
}

/** Tasks after which it goes on in the same way whatever they answer, although they may answer several things. */
const goOnAnyway: Record<MachineName, string[]> = {
  deployment: ['RequestApproval', 'RemindApprovers', 'PagePause', 'PagePaused', 'Report'],
  // A service that freezes anyway may have been compared, moved or paged about; what cannot be held or cleaned up was none of it.
  rollback: [
    'CompareIrreversible',
    'Page',
    'PageUnrecorded',
    'GiveWay',
    'Hold',
    'CleanUp',
    'PageFrozen',
    'PageUnfrozen',
    'PagePause',
    'RequestApproval',
    'RemindApprovers',
    'Report',
  ],
  traffic: ['PagePause', 'Report'],
  standby: [],
};

describe.each([...machines])('the %s machine', (machineName, machine) => {
  const states = Object.entries(machine.States);
  const choices = states.filter(([, { Type }]) => Type === 'Choice');

  it.each(choices)('names in %s every outcome that the task before it may have, once, and no other', (name, choice) => {
    const tasks = tasksBefore(machine, name);
    const tested = (choice.Choices ?? []).flatMap(({ Condition }) => testedBy(Condition) ?? []);

    expect(tasks).toHaveLength(1);
    expect(tested.sort()).toEqual(tasks.flatMap(([, task]) => outcomesOf(task)).sort());
  });

  it.each(choices)(
    'goes from %s to a state that names the task and its outcome when that is none of them',
    (name, choice) => {
      const [[task] = []] = tasksBefore(machine, name);
      const unknown = machine.States[choice.Default ?? ''];

      expect(choice.Assign).toEqual({ task });
      expect(texts(unknown).join()).toMatch(/\$task & " returned the unknown outcome \\"" & \$states\.input\.outcome/);
      expect(['Pass', 'Fail']).toContain(unknown?.Type);
    },
  );

  it('lets no other task go on whatever it answers, unless it has but one answer', () => {
    const several = states.filter(
      ([, state]) => outcomesOf(state).length > 1 && machine.States[state.Next ?? '']?.Type !== 'Choice',
    );

    expect(several.map(([name]) => name).sort()).toEqual([...goOnAnyway[machineName]].sort());
  });

  it('reads of a result only what it has', () => {
    const unknown = states.flatMap(([name, { Assign, Output, ...state }]) =>
      readsBelow('$states.result.Payload', [Assign, Output])
        .filter((read) => missing(read, resultsOf(state)))
        .map(({ field }) => `${name}: ${field}`),
    );

    expect(unknown).toEqual([]);
  });

  it('keeps the cause that a result gives, by which a release is blamed or not, wherever it starts a rollback', () => {
    const forgetful = states
      .filter(([, state]) => resultsOf(state).some(({ fields }) => fields.has('cause')))
      .filter(([, { Assign }]) => !texts(Assign?.cause).join().includes('$states.result.Payload.cause ?'));

    // A planned way back gives up in the same way whatever the cause.
    expect('StartRollback' in machine.States ? forgetful.map(([name]) => name) : []).toEqual([]);
  });

  it('reads of what a Choice led on with only what those outcomes have', () => {
    const byDefault = new Set(choices.map(([, { Default }]) => Default));
    const unknown = states
      .filter(([name]) => name !== machine.StartAt && !byDefault.has(name))
      .flatMap(([name, { Choices: _rules, ...state }]) =>
        readsBelow('$states.input', state)
          .filter((read) => missing(read, resultsAt(machine, name)))
          .map(({ field }) => `${name}: ${field}`),
      );

    expect(unknown).toEqual([]);
  });

  it('passes a result on where the next state reads it', () => {
    for (const [name, { Type, Next = '', Output }] of states) {
      const { [Next]: next } = machine.States;
      if (Type !== 'Task' || next === undefined || readsBelow('$states.input', next).length === 0) continue;
      expect([name, Output]).toEqual([name, '{% $states.result.Payload %}']);
    }
  });
});
