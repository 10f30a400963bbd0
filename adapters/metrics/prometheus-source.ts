import * as z from 'zod';
import { type QueryValues, renderTemplate, renderUrlTemplate } from '../../contracts/configuration/template.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { type CallOptions, callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp } from '../shared/http.ts';
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
    warnings: z.array(z.string()).default([]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);

const rulesSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            type: z.string(),
            name: z.string(),
            health: z.string().default('unknown'),
            lastError: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

const alertmanagersSchema = z.object({
  status: z.literal('success'),
  data: z.object({ activeAlertmanagers: z.array(z.object({ url: z.string() })) }),
});

/** Objectives as PromQL, evaluated by Prometheus' `/api/v1/query`, at its own now unless another time is asked for. */
export function createPrometheusSource(options: PrometheusOptions): MetricsSource {
  const { access = openAccess } = options;
  const ask = async (
    { method, path, body = '' }: { method: 'GET' | 'POST'; path: string; body?: string },
    attempted: string,
    values: QueryValues,
    asked: CallOptions = {},
  ): Promise<{ status: number; text: string }> => {
    const call = { dependency: 'Prometheus', attempted, within: options.within ?? seconds(3), ...asked };
    const url = `${renderUrlTemplate(options.url, values).replace(/\/$/, '')}/api/v1/${path}`;
    return callDependency({ ...call, retry: 'safe' }, async (signal) => {
      const form = method === 'GET' ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await askHttp({
        method,
        url,
        ...(method === 'GET' ? {} : { body }),
        signal,
        headers: { ...form, ...(await access.headers({ method, url, body })) },
        ...(access.agent === undefined ? {} : { agent: access.agent }),
      });
      const { status } = answer;
      if (status === 401 || status === 403) {
        access.forget();
        throw refused({
          ...call,
          status,
          reason: `status ${status}: it does not take the auth that its source has in sluice.yaml`,
        });
      }
      // Thanos, Mimir and Amazon's count what they are asked.
      if (status === 429 || status >= 500) throw unavailable({ ...call, reason: `status ${status}` });
      return { status, text: answer.body.toString('utf8') };
    });
  };
  /** What Prometheus says of itself, by a schema. Servers that only speak PromQL have no such page. */
  const tell = async <Schema extends z.ZodType>(path: string, schema: Schema, values: QueryValues) => {
    const attempted = `GET /api/v1/${path}`;
    try {
      const { status, text } = await ask({ method: 'GET', path }, attempted, values);
      if (status !== 200) return unreachable(`Prometheus answered ${attempted} with status ${status}`);
      const parsed = schema.safeParse(JSON.parse(text));
      return parsed.success
        ? { kind: 'value' as const, value: parsed.data }
        : unreachable(`Prometheus answered ${attempted} with something other than its API describes`);
    } catch (error) {
      return unreachable(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    async query(expression, values, { at, ...asked } = {}) {
      try {
        const query = renderTemplate(expression, values);
        const time = at === undefined ? {} : { time: formatInstant(at) };
        const body = new URLSearchParams({ query, ...time }).toString();
        const { status, text } = await ask({ method: 'POST', path: 'query', body }, 'query', values, asked);
        return readPrometheusAnswer(text, status);
      } catch (error) {
        return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
      }
    },

    async rules(values) {
      const told = await tell('rules', rulesSchema, values);
      if (told.kind === 'unreachable') return told;
      const rules = told.value.data.groups.flatMap((group) => group.rules).filter(({ type }) => type === 'alerting');
      return {
        kind: 'value',
        value: rules.map(({ name, health, lastError }) => ({
          name,
          // A rule that was loaded a moment ago has not been evaluated yet: `unknown`.
          failure: health === 'err' ? lastError || 'its evaluation failed' : null,
        })),
      };
    },

    async alertmanagers(values) {
      const told = await tell('alertmanagers', alertmanagersSchema, values);
      return told.kind === 'unreachable' ? told : { kind: 'value', value: told.value.data.activeAlertmanagers.length };
    },
  };
}

/**
 * Reads an instant query's answer: one number, or why there is none. Thanos and Mimir answer with what they have and a warning where a part of them
 * is away.
 *
 * @param status of HTTP, which says most where a proxy, or Amazon's own front, answers in place of Prometheus.
 */
export function readPrometheusAnswer(text: string, status = 200): MetricReading {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return unreachable(`Prometheus answered ${withStatus(status)}something other than JSON: ${text.slice(0, 100)}`);
  }
  const parsed = answerSchema.safeParse(json);
  if (!parsed.success) {
    const what = `${withStatus(status)}something other than the result of an instant query`;
    return unreachable(`Prometheus answered ${what}${status === 200 ? '' : `: ${text.slice(0, 200)}`}`);
  }
  const answer = parsed.data;
  if (answer.status === 'error') return unreachable(`Prometheus refused the query: ${answer.error}`);
  const { data, warnings } = answer;
  const doubts = warnings.filter((warning) => !warning.startsWith(remark));
  if (doubts.length > 0) return unreachable(`Prometheus answered with a warning: ${doubts.join('; ')}`);
  if (data.resultType === 'scalar') return readingOf(parseSample(data.result[1]));
  if (data.resultType !== 'vector') return unreachable(`the query answers a ${data.resultType}, not one number`);
  const [first, second] = data.result;
  if (first === undefined) return { kind: 'no-data' };
  if (second !== undefined) return unreachable(`the query answers ${data.result.length} series; aggregate them to one`);
  if (first.value === undefined) return unreachable('the query answers a native histogram, not one number');
  return readingOf(parseSample(first.value[1]));
}

const withStatus = (status: number): string => (status === 200 ? '' : `with status ${status}, `);

const unreachable = (reason: string) => ({ kind: 'unreachable' as const, reason });

/** What Prometheus 2 has among its warnings, and Prometheus 3 beside them: advice about the query, which takes nothing from its answer. */
const remark = 'PromQL info:';

/** Prometheus writes floats as text, infinities as `+Inf` and `-Inf`. */
const parseSample = (text: string): number => Number(text.replace('Inf', 'Infinity'));
