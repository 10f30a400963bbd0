import type { Json } from '../interpreter/json.ts';
import type { Engine } from '../journal/engine.ts';
import type { Parameters } from './parameters.ts';

export interface ActionContext {
  readonly engine: Engine;
  readonly region: string;
  readonly accountId: string;
}

/** One operation of the API. Throws ApiError. */
export type Action = (context: ActionContext, parameters: Parameters) => Promise<{ [key: string]: Json }>;

/** The `error` and `cause` that a caller gives for a failure or a stop. */
export function errorAndCause(parameters: Parameters): { error?: string; cause?: string } {
  const error = parameters.optionalString('error', 256);
  const cause = parameters.optionalString('cause', 32_768);
  return { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
}

/** A date on the wire: seconds, with milliseconds behind the point. */
export const seconds = (epochMs: number): number => epochMs / 1000;
