import type { QueryValues } from '../../contracts/configuration/template.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';

/** What a source says about one objective. Not knowing is an answer: judgement calls it inconclusive. */
export type MetricReading =
  | { kind: 'value'; value: number }
  /** The source is there and has no sample for this. */
  | { kind: 'no-data' }
  /** No usable answer: no connection, a refused query, several series where one was wanted. */
  | { kind: 'unreachable'; reason: string };

/** Where objectives are measured. Never throws. */
export interface MetricsSource {
  /** @param values of the placeholders in `expression` and in the source's address: `{{environment}}` for instance. */
  query(expression: string, values: QueryValues, options?: CallOptions): Promise<MetricReading>;
}

/** A number as a reading: NaN is what Prometheus answers to 0/0; infinities become the largest number, for JSON's sake. */
export function readingOf(value: number): MetricReading {
  if (Number.isNaN(value)) return { kind: 'no-data' };
  return { kind: 'value', value: Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) };
}
