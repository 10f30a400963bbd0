import jsonata from 'jsonata';
import { renderTemplate, renderUrlTemplate } from '../../contracts/configuration/template.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { callDependency } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp } from '../shared/http.ts';
import { type MetricReading, type MetricsSource, readingOf } from './metrics-source.ts';
import { openAccess, type SourceAccess } from './source-access.ts';

export interface WebSourceOptions {
  /** Address of a JSON document; may hold `{{placeholders}}`. */
  readonly url: string;
  /** For a server that wants to know who asks, or has a certificate of its own authority. */
  readonly access?: SourceAccess;
  /** Budget of one query, 3 s without it. */
  readonly within?: Milliseconds;
}

/** Bounds of one evaluation in ms and in nested calls: a loop in an expression would block the process (DESIGN §8). */
const bounds = { timeout: 250, stack: 200 };
/** Expressions are compiled once; configurations have a handful. */
const mostCompiled = 200;

/** Objectives as JSONata expressions over a JSON document that any web server gives. Placeholders are bound as well: `$environment`. */
export function createWebSource(options: WebSourceOptions): MetricsSource {
  const { access = openAccess } = options;
  const compiled = new Map<string, jsonata.Expression>();
  const compile = (text: string): jsonata.Expression => {
    const known = compiled.get(text);
    if (known !== undefined) return known;
    if (compiled.size >= mostCompiled) compiled.clear();
    const expression = jsonata(text, bounds);
    compiled.set(text, expression);
    return expression;
  };

  return {
    async query(expression, values, asked = {}) {
      if (asked.at !== undefined) {
        return { kind: 'unreachable', reason: 'the JSON of an address has current values only, no past ones' };
      }
      try {
        const compiledExpression = compile(renderTemplate(expression, values));
        const url = renderUrlTemplate(options.url, values);
        const attempted = `GET ${new URL(url).origin}${new URL(url).pathname}`;
        const call = { dependency: 'metrics', attempted, within: options.within ?? seconds(3), ...asked };
        const document = await callDependency({ ...call, retry: 'safe' }, async (signal): Promise<unknown> => {
          const { status, body } = await askHttp({
            method: 'GET',
            url,
            signal,
            headers: { accept: 'application/json', ...(await access.headers({ method: 'GET', url, body: '' })) },
            ...(access.agent === undefined ? {} : { agent: access.agent }),
          });
          if (status === 401 || status === 403) access.forget();
          if (status === 429 || status >= 500) throw unavailable({ ...call, reason: `status ${status}` });
          if (status !== 200) throw refused({ ...call, status, reason: `status ${status}` });
          return JSON.parse(body.toString('utf8'));
        });
        return readResult(await compiledExpression.evaluate(document, values));
      } catch (error) {
        return { kind: 'unreachable', reason: describe(error) };
      }
    },
  };
}

/** A number is a value; nothing is no data; anything else is a mistake in the expression. */
export function readResult(result: unknown): MetricReading {
  if (result === undefined || result === null) return { kind: 'no-data' };
  if (typeof result === 'number') return readingOf(result);
  return { kind: 'unreachable', reason: `the expression gives ${JSON.stringify(result).slice(0, 100)}, not a number` };
}

/** JSONata's errors are plain objects with a message. */
function describe(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
