import type { QueryValues } from '../../contracts/configuration/template.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

/** What a source says about one objective. Not knowing is an answer: judgement calls it inconclusive. */
export type MetricReading =
  | { kind: 'value'; value: number }
  /** The source is there and has no sample for this; the reason where that is more than having none. */
  | { kind: 'no-data'; reason?: string }
  /** No usable answer: no connection, a refused query, several series where one was wanted. */
  | { kind: 'unreachable'; reason: string };

/** What is asked about the source itself, or why there is no answer. */
export type SourceAnswer<T> = { kind: 'value'; value: T } | { kind: 'unreachable'; reason: string };

/** An alerting rule that the source evaluates. */
export interface LoadedRule {
  readonly name: string;
  /** Why its last evaluation failed; null when it did not. */
  readonly failure: string | null;
}

export interface QueryOptions extends CallOptions {
  /** Evaluates as of then instead of now. */
  readonly at?: Instant;
}

/** Where objectives are measured. Never throws. */
export interface MetricsSource {
  /** @param values of the placeholders in `expression` and in the source's address: `{{environment}}` for instance. */
  query(expression: string, values: QueryValues, options?: QueryOptions): Promise<MetricReading>;
  /** Of a Prometheus only: the rules that alert. */
  rules?(values: QueryValues): Promise<SourceAnswer<readonly LoadedRule[]>>;
  /** Of a Prometheus only: how many Alertmanagers it sends alerts to. */
  alertmanagers?(values: QueryValues): Promise<SourceAnswer<number>>;
}

/** A number as a reading: NaN is what Prometheus answers to 0/0; infinities become the largest number, for JSON's sake. */
export function readingOf(value: number): MetricReading {
  if (Number.isNaN(value)) return { kind: 'no-data', reason: 'no data: the answer is NaN, as of 0/0' };
  return { kind: 'value', value: Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) };
}
