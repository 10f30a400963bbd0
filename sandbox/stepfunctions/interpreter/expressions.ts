import jsonata from 'jsonata';
import type { Ids } from './execution.ts';
import { EvaluationFailure } from './failure.ts';
import { inTurn } from './in-turn.ts';
import { intrinsics } from './intrinsics.ts';
import { isObject, type Json } from './json.ts';

/** What an expression may see besides its own functions. */
export interface Scope {
  /** `$states`. */
  readonly states: Json;
  readonly variables: Readonly<Record<string, Json>>;
  /** Epoch ms for `$now()` and `$millis()`. */
  readonly now: number;
  readonly ids: Ids;
}

/**
 * An evaluation that loops blocks the process. A second is far above what a definition needs (tens of microseconds), and low enough that a loop
 * does not stop the sandbox. No result beyond 200,000 elements fits the payload limit.
 */
const guards = { timeout: 1000, stack: 500, sequence: 200_000 };

const compiled = new Map<string, jsonata.Expression>();
const compiledLimit = 10_000;

/** Compiles once per text; throws jsonata's error, with `message` and `position`, for a text that is no expression. */
export function compile(text: string): jsonata.Expression {
  let expression = compiled.get(text);
  if (!expression) {
    if (compiled.size >= compiledLimit) compiled.clear();
    expression = jsonata(text, guards);
    compiled.set(text, expression);
  }
  return expression;
}

/** The text between `{%` and `%}`, trimmed; undefined when the string is a literal. */
export function expressionIn(value: string): string | undefined {
  return value.startsWith('{%') && value.endsWith('%}') && value.length >= 4 ? value.slice(2, -2).trim() : undefined;
}

/** Evaluates an expression to JSON. Throws EvaluationFailure with AWS's wording, naming `location`. */
export async function evaluate(text: string, scope: Scope, location: string): Promise<Json> {
  const subject = `The JSONata expression '${text}' specified for the field '${location}'`;
  let value: unknown;
  try {
    const bindings = { ...scope.variables, ...intrinsics(scope), states: scope.states };
    value = await inTurn(() => evaluateWithinItsTime(compile(text), bindings));
  } catch (error) {
    throw new EvaluationFailure(`${subject} threw an error during evaluation${describe(error)}`, location);
  }
  if (value === undefined) throw new EvaluationFailure(`${subject} returned nothing (undefined).`, location);
  try {
    return toJson(value);
  } catch {
    throw new EvaluationFailure(`${subject} returned an unsupported result type.`, location);
  }
}

/**
 * jsonata counts the time of the clock, in which a busy machine may have been at work for others: an evaluation is out of time once its thread has had
 * half a second of the processor, which leaves out what V8 compiles and collects beside it. It has no effects, so it is begun again.
 */
async function evaluateWithinItsTime(
  expression: jsonata.Expression,
  bindings: Record<string, unknown>,
): Promise<unknown> {
  const before = process.threadCpuUsage();
  for (;;) {
    try {
      return await expression.evaluate(undefined, bindings);
    } catch (error) {
      const { user, system } = process.threadCpuUsage(before);
      if (!isRecord(error) || error.code !== 'D1012' || user + system > 500_000) throw error;
    }
  }
}

/** As on AWS: a message with a code is a sentence of its own, one without is the end of the sentence. */
function describe(error: unknown): string {
  if (!isRecord(error)) return `: ${String(error)}`;
  const message = typeof error.message === 'string' ? error.message : JSON.stringify(error);
  return typeof error.code === 'string' ? `. ${error.code}: ${message}` : `: ${message}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A copy that is JSON and shares nothing with jsonata's sequences or the input. */
function toJson(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('not a JSON number');
    return value === 0 ? 0 : value;
  }
  if (Array.isArray(value)) return value.map((element) => (element === undefined ? null : toJson(element)));
  if (!isRecord(value) || '_jsonata_lambda' in value || '_jsonata_function' in value) throw new TypeError('not JSON');
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, toJson(member)]));
}

/** Evaluates every expression inside a template; `location` grows by `/name` and `[index]`. */
export async function evaluateTemplate(template: Json, scope: Scope, location: string): Promise<Json> {
  if (typeof template === 'string') {
    const text = expressionIn(template);
    return text === undefined ? template : evaluate(text, scope, location);
  }
  if (Array.isArray(template)) {
    const result: Json[] = [];
    for (const [index, element] of template.entries()) {
      result.push(await evaluateTemplate(element, scope, `${location}[${index}]`));
    }
    return result;
  }
  if (!isObject(template)) return template;
  const entries: [string, Json][] = [];
  for (const [key, member] of Object.entries(template)) {
    entries.push([key, await evaluateTemplate(member, scope, `${location}/${key}`)]);
  }
  return Object.fromEntries(entries);
}
