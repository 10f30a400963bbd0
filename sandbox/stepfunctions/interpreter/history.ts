import type { Json, JsonObject } from './json.ts';

/** A payload as events carry it: JSON text and whether it was cut (never, here). */
export function asEventText(name: 'input' | 'output', value: Json): JsonObject {
  return { [name]: JSON.stringify(value), [`${name}Details`]: { truncated: false } };
}
