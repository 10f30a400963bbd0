import type { JsonObject } from './json.ts';
import { type Payload, textOf } from './payload.ts';

/** A payload as events carry it: JSON text and whether it was cut (never, here). */
export function asEventText(name: 'input' | 'output', payload: Payload): JsonObject {
  return { [name]: textOf(payload), [`${name}Details`]: { truncated: false } };
}
