import * as z from 'zod';
import { renderTemplate, renderUrlTemplate } from '../../contracts/configuration/template.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { callNeighbour } from '../shared/call-neighbour.ts';
import { askHttp } from '../shared/http.ts';
import { refused, unavailable } from '../shared/neighbour-errors.ts';
import { type MetricReading, type MetricsSource, readingOf } from './metrics-source.ts';
import { openAccess, type SourceAccess } from './source-access.ts';

export interface PrometheusOptions {
  /** Base address, with a path prefix where there is one: `https://prometheus.example.com/`; may hold placeholders. */
  readonly url: string;
  /** For a server that wants to know who asks, or has a certificate of its own authority. */
  readonly access?: SourceAccess;
  /** Budget of one query, 3 s without it. */
  readonly within?: Milliseconds;
}

const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.union([
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample.optional() })) }),
      z.object({ resultType: z.literal('scalar'), result: sample }),
      z.object({ resultType: z.enum(['matrix', 'string']) }),
    ]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

/** Objectives as PromQL, evaluated by Prometheus' `/api/v1/query` at its own now. */
export function createPrometheusSource(options: PrometheusOptions): MetricsSource {
  const { access = openAccess } = options;
  return {
    async query(expression, values, asked = {}) {
      const call = { neighbour: 'Prometheus', attempted: 'query', within: options.within ?? seconds(3), ...asked };
      const url = `${renderUrlTemplate(options.url, values).replace(/\/$/, '')}/api/v1/query`;
      try {
        const query = renderTemplate(expression, values);
        return await callNeighbour({ ...call, kind: 'read' }, async (signal) => {
          const question = { method: 'POST', url, body: new URLSearchParams({ query }).toString() } as const;
          const { status, body } = await askHttp({
            ...question,
            signal,
            headers: { 'content-type': 'application/x-www-form-urlencoded', ...(await access.headers(question)) },
            ...(access.agent === undefined ? {} : { agent: access.agent }),
          });
          if (status === 401 || status === 403) {
            access.forget();
            throw refused({ ...call, status, reason: `status ${status}: objectives.source.auth is not what it takes` });
          }
          if (status >= 500) throw unavailable({ ...call, reason: `status ${status}` });
          return readPrometheusAnswer(body.toString('utf8'));
        });
      } catch (error) {
        return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
      }
    },
  };
}

/** Reads an instant query's answer: one number, or why there is none. */
export function readPrometheusAnswer(text: string): MetricReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreachable(`Prometheus answered something else than JSON: ${text.slice(0, 100)}`);
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) return unreachable('Prometheus answered something else than the result of an instant query');
  const answer = parsed.data;
  if (answer.status === 'error') return unreachable(`Prometheus refused the query: ${answer.error}`);
  const { data } = answer;
  if (data.resultType === 'scalar') return readingOf(parseSample(data.result[1]));
  if (data.resultType !== 'vector') return unreachable(`the query answers a ${data.resultType}, not one number`);
  const [first, second] = data.result;
  if (first === undefined) return { kind: 'no-data' };
  if (second !== undefined) return unreachable(`the query answers ${data.result.length} series; aggregate them to one`);
  if (first.value === undefined) return unreachable('the query answers a native histogram, not one number');
  return readingOf(parseSample(first.value[1]));
}

const unreachable = (reason: string): MetricReading => ({ kind: 'unreachable', reason });

/** Prometheus writes floats as text, infinities as `+Inf` and `-Inf`. */
const parseSample = (text: string): number => Number(text.replace('Inf', 'Infinity'));
