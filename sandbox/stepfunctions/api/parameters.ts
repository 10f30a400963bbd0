import { isObject, type JsonObject } from '../interpreter/json.ts';
import { ApiError } from './api-error.ts';

/** The parameters of a request, read one by one with AWS's complaints. */
export class Parameters {
  readonly #values: JsonObject;

  constructor(body: string) {
    let values: unknown;
    try {
      values = body === '' ? {} : JSON.parse(body);
    } catch {
      throw new ApiError('SerializationException', 'The request body is no JSON.');
    }
    if (!isObject(values)) throw new ApiError('SerializationException', 'The request body must be a JSON object.');
    this.#values = values;
  }

  /** A string of at most `most` characters. */
  optionalString(name: string, most = Number.POSITIVE_INFINITY): string | undefined {
    const value = this.#values[name] ?? undefined;
    if (value !== undefined && typeof value !== 'string') throw invalid(name, 'Member must be a string');
    if (value !== undefined && value.length > most) {
      throw invalid(name, `Member must have length less than or equal to ${most}`);
    }
    return value;
  }

  string(name: string, most?: number): string {
    const value = this.optionalString(name, most);
    if (value === undefined) throw invalid(name, 'Member must not be null', 'null ');
    return value;
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.#values[name] ?? undefined;
    if (value !== undefined && !isObject(value)) throw invalid(name, 'Member must be an object');
    return value;
  }

  boolean(name: string, standard: boolean): boolean {
    const value = this.#values[name] ?? standard;
    if (typeof value !== 'boolean') throw invalid(name, 'Member must be a boolean');
    return value;
  }

  /** A page size: 0 and absent mean the default. */
  pageSize(name: string, most: number, standard: number): number {
    const value = this.#values[name] ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
      throw invalid(name, `Member must have value less than or equal to ${most}`);
    }
    return value === 0 ? standard : value;
  }
}

const invalid = (name: string, constraint: string, value = ''): ApiError =>
  new ApiError(
    'ValidationException',
    `1 validation error detected: Value ${value}at '${name}' failed to satisfy constraint: ${constraint}`,
  );

const nameLimit = 80;

/** A name of a machine or an execution: at most 80 characters, without those that AWS forbids. */
export function checkName(name: string): string {
  if (name === '' || [...name].length > nameLimit || /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u.test(name)) {
    throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
  }
  return name;
}
