import { expect, it } from 'vitest';
import { parseQuantity } from '../../../../core/workload/quantity.ts';

it.each([
  ['500m', 0.5],
  ['2', 2],
  ['0.1', 0.1],
  ['.5', 0.5],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['2Ki', 2048],
  ['3k', 3000],
  ['1e3', 1000],
  ['12E', 12e18],
  ['5E2', 500],
  ['250n', 250e-9],
  ['-1', -1],
  [4, 4],
])('reads %s as %d', (text, value) => {
  expect(parseQuantity(text)).toBeCloseTo(value, 12);
});

it.each(['', 'Gi', '1 Gi', '1gi', '1KI', '0x10', 'NaN', '1e', null, undefined, {}])('takes %p for none', (text) => {
  expect(parseQuantity(text)).toBeNull();
});
