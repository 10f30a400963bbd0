import { compile, expressionIn } from './expressions.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { referencesOf } from './references.ts';

export interface Problem {
  code:
    | 'SCHEMA_VALIDATION_FAILED'
    | 'MISSING_TRANSITION_TARGET'
    | 'MISSING_END_STATE'
    | 'INVALID_JSONATA_EXPRESSION'
    | 'UNSUPPORTED_JSONATA_EXPRESSION';
  location: string;
  message: string;
}

export type Language = 'JSONata' | 'JSONPath';

/** Where an expression stands, as far as that decides what it may read. */
export type Place = 'result' | 'catcher' | 'elsewhere';

/** What `$states` holds only in some places. */
const onlyIn: Readonly<Record<string, { place: Place; words: string }>> = {
  result: { place: 'result', words: 'outside the Output and Assign of a Task, Parallel or Map state' },
  errorOutput: { place: 'catcher', words: 'outside a Catch' },
};

/** Fields of JSONPath states: this engine runs JSONata only. */
const jsonPathFields = new Set([
  'InputPath', 'OutputPath', 'ResultPath', 'Parameters', 'ResultSelector', 'Result', 'ItemsPath', 'SecondsPath',
  'TimestampPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath', 'MaxConcurrencyPath', 'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath', 'CausePath', 'ErrorPath', 'Iterator', 'Variable', 'And', 'Or', 'Not',
]); // biome-ignore format: a list to look things up in

/** Collects the problems of a definition. */
export class Checker {
  readonly problems: Problem[] = [];

  add(location: string, message: string, code: Problem['code'] = 'SCHEMA_VALIDATION_FAILED'): void {
    this.problems.push({ code, location: location === '' ? '/' : location, message });
  }

  onlyFields(object: JsonObject, path: string, allowed: readonly string[]): void {
    for (const field of Object.keys(object)) {
      if (allowed.includes(field)) continue;
      if (jsonPathFields.has(field)) {
        this.add(
          `${path}/${field}`,
          `Field '${field}' is only supported for the 'JSONPath' QueryLanguage, which this engine does not run`,
        );
      } else this.add(`${path}/${field}`, `Field '${field}' is not supported`);
    }
  }

  /** The query language of a machine or a state. */
  language(object: JsonObject, path: string, inherited: Language): Language {
    const { QueryLanguage: own } = object;
    if (own === undefined) return inherited;
    if (own === 'JSONPath' && inherited === 'JSONata') {
      const cannot = "can not be 'JSONPath' if set to 'JSONata' for whole state machine";
      this.add(`${path}/QueryLanguage`, `'QueryLanguage' ${cannot}`);
      return 'JSONata';
    }
    if (own === 'JSONata' || own === 'JSONPath') return own;
    this.add(`${path}/QueryLanguage`, 'QueryLanguage must be "JSONata".');
    return 'JSONata';
  }

  string(object: JsonObject, path: string, field: string): string | undefined {
    const value = object[field];
    if (typeof value === 'string') return value;
    this.add(`${path}/${field}`, `${field} must be a string.`);
    return undefined;
  }

  optionalInteger(object: JsonObject, path: string, field: string, min: number, max = 99_999_999): void {
    const value = object[field];
    if (value === undefined) return;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      this.add(`${path}/${field}`, `${field} must be an integer from ${min} to ${max}.`);
    }
  }

  /** An integer, or an expression that will yield one. */
  optionalNumberOrExpression(object: JsonObject, path: string, field: string, min: number, max = 99_999_999): void {
    const value = object[field];
    if (typeof value === 'string') this.expression(value, `${path}/${field}`);
    else this.optionalInteger(object, path, field, min, max);
  }

  /** A string that must be an expression. */
  expression(value: string, location: string): void {
    const text = expressionIn(value);
    if (text === undefined) this.add(location, 'A JSONata expression between {% and %} is expected.');
    else this.#compiles(text, location, 'elsewhere');
  }

  /** A value that may hold expressions anywhere. */
  template(value: Json | undefined, location: string, place: Place = 'elsewhere'): void {
    if (typeof value === 'string') {
      const text = expressionIn(value);
      if (text !== undefined) this.#compiles(text, location, place);
      else if (value.startsWith('{%') || value.endsWith('%}')) {
        this.add(location, 'A JSONata expression must begin with {% and end with %}.', 'INVALID_JSONATA_EXPRESSION');
      }
    } else if (Array.isArray(value)) {
      for (const [index, element] of value.entries()) this.template(element, `${location}[${index}]`, place);
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) this.template(member, `${location}/${key}`, place);
    }
  }

  /** An Assign; variables of outer scopes can be read in a branch, but not assigned. */
  assign(value: Json | undefined, location: string, outer: ReadonlySet<string>, place: Place): void {
    if (value === undefined) return;
    if (!isObject(value)) {
      this.add(location, 'Assign must be an object of variables.');
      return;
    }
    for (const name of Object.keys(value)) {
      if (!/^[\p{L}_][\p{L}\p{N}_]{0,79}$/u.test(name))
        this.add(`${location}/${name}`, 'This is no name for a variable.');
      if (outer.has(name)) this.add(`${location}/${name}`, `The variable ${name} belongs to an outer scope.`);
      if (name === 'states') this.add(`${location}/${name}`, '$states is reserved.');
    }
    this.template(value, location, place);
  }

  #compiles(text: string, location: string, place: Place): void {
    try {
      const { topLevel, states } = referencesOf(compile(text));
      const refuse = (name: string, where: string) =>
        this.add(location, `Reference to '${name}' ${where} is not supported.`, 'UNSUPPORTED_JSONATA_EXPRESSION');
      for (const name of topLevel) refuse(name, 'at the top level');
      for (const name of states) {
        const only = Object.hasOwn(onlyIn, name) ? onlyIn[name] : undefined;
        if (only && only.place !== place) refuse(`$states.${name}`, only.words);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : (error as { message?: unknown }).message; // jsonata's own
      this.add(location, String(message), 'INVALID_JSONATA_EXPRESSION');
    }
  }
}
