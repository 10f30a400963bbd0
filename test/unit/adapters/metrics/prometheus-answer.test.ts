import { describe, expect, it } from 'vitest';
import { readPrometheusAnswer } from '../../../../adapters/metrics/prometheus-source.ts';

const vector = (...values: string[]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_763_884_800.1, value] })) },
  });
const value = (number: number) => ({ kind: 'value', value: number });
const warned = (...warnings: string[]) => JSON.stringify({ ...JSON.parse(vector('0.01')), warnings });

describe('readPrometheusAnswer', () => {
  it.each([
    ['the one sample of a vector', vector('0.0125'), value(0.0125)],
    ['a scalar', '{"status":"success","data":{"resultType":"scalar","result":[1,"3"]}}', value(3)],
    ['an empty vector', vector(), { kind: 'no-data' }],
    ['0/0', vector('NaN'), { kind: 'no-data', reason: 'no data: the answer is NaN, as of 0/0' }],
    ['an answer with advice about the query', warned('PromQL info: metric might not be a counter'), value(0.01)],
    ['a bound that was passed beyond the last bucket', vector('+Inf'), value(Number.MAX_VALUE)],
    ['minus infinity', vector('-Inf'), value(-Number.MAX_VALUE)],
  ])('reads %s', (_, text, reading) => {
    expect(readPrometheusAnswer(text)).toEqual(reading);
  });

  it.each([
    ['several series', vector('1', '2'), '2 series'],
    ['a part, as Thanos warns', warned('No StoreAPIs matched for this query'), 'No StoreAPIs matched'],
    [
      'a part, among advice',
      warned('PromQL info: x', 'fetch series: store-2 is away'),
      'warning: fetch series: store-2',
    ],
    ['a matrix', '{"status":"success","data":{"resultType":"matrix","result":[]}}', 'matrix'],
    ['a mistake in the query', '{"status":"error","errorType":"bad_data","error":"parse error: x"}', 'parse error: x'],
    ['a login page', '<html>', 'something other than JSON'],
    ['another document', '{"ok":true}', 'something other than the result'],
  ])('cannot use %s', (_, text, reason) => {
    expect(readPrometheusAnswer(text)).toEqual({ kind: 'unreachable', reason: expect.stringContaining(reason) });
  });
});
