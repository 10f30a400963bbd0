import { describe, expect, it, vi } from 'vitest';
import { evaluate, evaluateTemplate, expressionIn } from '../../../../sandbox/stepfunctions/interpreter/expressions.ts';

const scope = {
  states: { input: { list: [3], text: 'a' } },
  variables: { name: 'ana' },
  now: Date.parse('2026-01-01T00:00:00Z'),
  ids: { random: () => 0.25, uuid: () => 'a-uuid', taskToken: () => 'token' },
};
const value = (text: string) => evaluate(text, scope, 'Output');

describe('an expression', () => {
  it.each<[string, unknown]>([
    ['$partition([1..7], 3)', [[1, 2, 3], [4, 5, 6], [7]]],
    ['$partition([], 3)', []],
    ['$range(0, 10, 5)', [0, 5, 10]],
    ['$range(10, 0, -5)', [10, 5, 0]],
    ['$range(4, 4, 1)', 4],
    ["$hash('abc', 'SHA-256')", 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ["$hash('abc', 'MD5')", '900150983cd24fb0d6963f7d28e17f72'],
    ['$random()', 0.25],
    ['$random(42)', 0.7275636800328681], // as java.util.Random, and as AWS
    ['$random(-1) != $random(0)', true],
    ['$uuid()', 'a-uuid'],
    ['$parse(\'{"a":[1]}\')', { a: [1] }],
    ['$now()', '2026-01-01T00:00:00.000Z'],
    ["$now('[Y]/[M01]')", '2026/01'],
    ['$states.input.list', [3]],
    ['$name & $states.input.text', 'anaa'],
    ['-0', 0],
  ])('%s is what Step Functions makes of it', async (text, expected) => {
    expect(await value(text)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['$none', "The JSONata expression '$none' specified for the field 'Output' returned nothing (undefined)."],
    ['$sum', "The JSONata expression '$sum' specified for the field 'Output' returned an unsupported result type."],
    ['function($x){$x}', 'returned an unsupported result type.'],
    ['{"f": $sum}', 'returned an unsupported result type.'],
    [
      "$parse('{')",
      "The JSONata expression '$parse('{')' specified for the field 'Output' threw an error during evaluation: ",
    ],
    ["$hash('abc', 'CRC')", '$hash expects one of'],
    ["$eval('1')", 'T1006'],
    ['$map([1..10000000], function($x){$x})', 'threw an error during evaluation'],
    ['($f := function($n){ 1 + $f($n) }; $f(0))', 'D1011'],
  ])('%s fails with a message that says so', async (text, message) => {
    await expect(value(text)).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      reason: expect.stringContaining(message),
    });
  });

  it('gives values that share nothing with its input', async () => {
    expect(await value('$states.input')).not.toBe(scope.states.input);
    expect(await value('$states.input')).toEqual(scope.states.input);
  });
});

describe('a template', () => {
  it('evaluates strings that are expressions as a whole, at any depth, and nothing else', async () => {
    const template = { a: ['{% $name %}', ' {% $name %}', '{%$name%}'], 'b.$': '$.x', c: { d: null } };

    expect(await evaluateTemplate(template, scope, 'Output')).toEqual({
      a: ['ana', ' {% $name %}', 'ana'],
      'b.$': '$.x',
      c: { d: null },
    });
  });

  it('names the place of what fails', async () => {
    await expect(evaluateTemplate({ a: [1, { b: '{% $none %}' }] }, scope, 'Arguments')).rejects.toMatchObject({
      location: 'Arguments/a[1]/b',
    });
  });

  it('a string of nothing but the marks is no expression', () => {
    expect(expressionIn('{%}')).toBeUndefined();
    expect(expressionIn('{% 1 %}')).toBe('1');
  });
});

it('thousands at once are not charged the time of the others, and leave others their turn', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const slow = '$sum($map([1..300], function($x) { $x * 2 }))';

  const results = await Promise.all(Array.from({ length: 600 }, () => value(slow)));
  clearInterval(timer);

  expect(new Set(results)).toEqual(new Set([90_300]));
  expect(turns).toBeGreaterThan(2);
});

it('time in which the machine was at work for others is not charged', async () => {
  const { now } = Date;
  let looks = 0;
  // Between the first look at the clock and the second, ten seconds have passed.
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + (looks++ === 0 ? 0 : 10_000));

  const result = await value('$sum([1..4])').finally(() => clock.mockRestore());

  expect(result).toBe(10);
  expect(looks).toBeGreaterThan(2);
});

it('nor is the time in which other threads of the process were at work', async () => {
  const { now } = Date;
  let looks = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + (looks++ === 0 ? 0 : 10_000));
  const whole = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 9_000_000, system: 0 });

  const result = await value('$sum([1..4])').finally(() => {
    clock.mockRestore();
    whole.mockRestore();
  });

  expect(result).toBe(10);
});

it('a loop ends', async () => {
  const loop = '($f := function($n) { $f($n + 1) }; $f(0))';

  await expect(value(loop)).rejects.toMatchObject({
    error: 'States.QueryEvaluationError',
    message: expect.stringContaining('D1012: Evaluation timeout after 1000 milliseconds'),
  });
});
