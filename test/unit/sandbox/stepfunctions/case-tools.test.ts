import { describe, expect, it } from 'vitest';
import type { AslCase } from '../../../../sandbox/stepfunctions/cases/asl-case.ts';
import { caseTools } from '../../../../sandbox/stepfunctions/cases/case-tools.ts';
import { difference } from '../../../../sandbox/stepfunctions/cases/difference.ts';
import { never } from './world.ts';

const masks = ['<uuid:1>', '<uuid:10>', 'date'];

describe('an expectation', () => {
  it.each<[unknown, unknown]>([
    [{ a: [1, null] }, { a: [1, null] }],
    [0, -0],
    ['<uuid:1>', 7],
    ['id <uuid:1>, then <uuid:10>.', 'id abc, then def.'],
    ['at date', 'at 2026-01-01T00:00:00.123Z'],
    [{ a: '<uuid:1>' }, '{"a":"x"}'],
    ['{"a":"<uuid:1>"}', '{ "a": "x" }'],
  ])('%j is met by %j', (expected, actual) => {
    // -0 and 0 are one number in JSON
    expect(difference(expected, actual === 0 ? 0 : actual, masks)).toBeUndefined();
  });

  it.each<[unknown, unknown, string]>([
    [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'y' }] }, '$.a[1].b: expected "x", got "y"'],
    [{ a: 1 }, { a: 1, b: 2 }, '$: expected the fields a, got a,b'],
    [[1], [1, 2], '$: expected [1], got [1,2]'],
    ['id <uuid:1>.', 'id .', '$: expected "id <uuid:1>.", got "id ."'],
    ['1', 1, '$: expected "1", got 1'],
    [null, undefined, '$: expected null, got undefined'],
    [{ a: 1 }, 'no JSON', '$: expected {"a":1}, got "no JSON"'],
  ])('%j is not met by %j, and says where', (expected, actual, why) => {
    expect(difference(expected, actual, masks)).toBe(why);
  });
});

describe('stubs', () => {
  const recorded: AslCase = {
    name: 'case',
    inputText: '{}',
    tasks: {
      Work: [
        { parameters: { n: 1 }, result: 'one' },
        { parameters: { n: 2 }, error: 'Broken', cause: { a: 1 } },
      ],
    },
    expected: { status: 'SUCCEEDED' },
  };

  it('answer with the attempt whose parameters were sent, each once', async () => {
    const stub = caseTools.makeStubs(recorded, { hang: never });

    await expect(stub('Work', { n: 2 })).rejects.toMatchObject({ name: 'Broken', message: '{"a":1}' });
    expect(await stub('Work', { n: 1 })).toBe('one');
    await expect(stub('Work', { n: 1 })).rejects.toMatchObject({ name: 'Case.NoMoreAttempts' });
    expect(stub.mismatches).toEqual([]);
  });

  it('say what was sent otherwise than recorded', async () => {
    const stub = caseTools.makeStubs(recorded, { hang: never });

    expect(await stub('Work', { n: 3 })).toBe('one');

    expect(stub.mismatches).toEqual(['Work: $.n: expected 1, got 3']);
  });
});

it('a cause decides whether a case is strict, an error name whether its outcome is right', () => {
  const recorded: AslCase = { name: 'case', inputText: '{}', expected: { status: 'FAILED', error: 'E', cause: 'why' } };
  const verdict = (error: string, cause: string) => {
    const { outcome, strict } = caseTools.compareOutcome(recorded, { status: 'FAILED', error, cause });
    return { outcome, strict };
  };

  expect(verdict('E', 'why')).toEqual({ outcome: true, strict: true });
  expect(verdict('E', 'other')).toEqual({ outcome: true, strict: false });
  expect(verdict('F', 'why')).toEqual({ outcome: false, strict: false });
});
