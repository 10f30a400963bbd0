import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { idleMonth } from '../../bench/cost/idle-month.ts';
import { type Prices, prices, pricesAsOf } from '../../bench/cost/prices.ts';
import { priceOf, type Usage } from '../../bench/cost/usage.ts';
import { synthesize } from './support/synthesize.ts';

const file = new URL('../../bench/cost/prices.ts', import.meta.url);
const doubled = (list: object): object =>
  Object.fromEntries(
    Object.entries(list).map(([name, price]) => [name, typeof price === 'number' ? 2 * price : doubled(price)]),
  );

const call = (service: string, target: string | null = null) => ({
  by: 'operation' as const,
  recorded: { accessKeyId: 'a', id: null, service, method: 'POST', path: '/', target, body: '{}' },
});
/** Something of everything that a deployment uses. */
const usage: Usage = {
  transitions: 50,
  invocations: [{ name: 'observe', took: 55_000, state: 'Judge' }],
  requests: [
    call('dynamodb', 'DynamoDB_20120810.PutItem'),
    call('dynamodb', 'DynamoDB_20120810.GetItem'),
    ...['ses', 'events', 's3', 'secretsmanager'].map((service) => call(service)),
  ],
  httpRequests: 3,
  logBytes: 10_000,
};

describe('the prices', () => {
  it('are all in one file: with twice those, everything costs twice', () => {
    const twice = doubled(prices) as Prices; // the same with other numbers
    const template = synthesize();

    for (const [once, dear] of [
      [idleMonth(template), idleMonth(template, twice)],
      [priceOf(usage), priceOf(usage, twice)],
    ] as const) {
      for (const [what, cost] of Object.entries(once)) {
        expect([what, cost > 0, (dear[what] ?? 0) / cost]).toEqual([what, true, expect.closeTo(2, 10)]);
      }
    }
  });

  it('say when they were looked up, and each where', () => {
    const lines = readFileSync(file, 'utf8').split('\n');
    const priced = lines.flatMap((line, index) =>
      /\w+: [\d.]+/.test(line) && !/^ *(\/\*)?\*/.test(line) ? [index] : [],
    );

    expect(pricesAsOf).toMatch(/^20\d\d-(0[1-9]|1[0-2])$/);
    expect(priced.length).toBeGreaterThan(10);
    for (const index of priced) {
      const source = expect.stringMatching(/\/\*\* .*(20\d\d|undated|[Nn]ot confirmed|The same)/);
      expect([lines[index], lines[index - 1]]).toEqual([lines[index], source]);
    }
  });
});
