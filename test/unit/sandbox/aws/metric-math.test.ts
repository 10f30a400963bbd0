import { expect, it } from 'vitest';
import { parseMetricMath } from '../../../../sandbox/aws/metric-math.ts';

const evaluate = (text: string) =>
  parseMetricMath(text)((name) => ({ requests: 200, errors: 3, zero: 0 })[name] ?? null, 120);

it.each([
  ['errors / requests', 0.015],
  ['1 - errors / requests', 0.985],
  ['(1 - errors) * 2', -4],
  ['-errors + 10 - 2 - 1', 4],
  ['100 * FILL(faults, 0) / requests', 0],
  ['FILL(errors, 0) + FILL(faults, 1)', 4],
  ['requests / PERIOD(requests) * 60', 100],
  ['1.5e1', 15],
  ['faults / requests', null],
  ['errors / zero', null],
])('%s is %s', (text, expected) => {
  expect(evaluate(text)).toBe(expected);
});

it.each(['errors /', '(errors', 'errors requests', 'RATE(errors)', 'FILL(errors)', 'FILL(errors, REPEAT)', ''])(
  'refuses %j',
  (text) => {
    expect(() => parseMetricMath(text)).toThrow(SyntaxError);
  },
);
