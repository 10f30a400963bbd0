/** What a JSON text can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Largest payload of a state, a task or an execution, in bytes of UTF-8 (Step Functions quota: 256 KiB). */
export const payloadLimit = 262_144;

/** Whether `value` as JSON text is within the payload limit. */
export function fitsPayload(value: Json): boolean {
  const text = JSON.stringify(value);
  return text.length <= payloadLimit && Buffer.byteLength(text) <= payloadLimit;
}

/** The word that Step Functions uses for a value's type in its messages. */
export function typeName(value: Json): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
