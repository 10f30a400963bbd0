import type { Json } from './json.ts';

/**
 * A value as it goes from state to state. As recorded on AWS, one that no state has changed keeps the text in which it was
 * written, with its spaces and its `0.0`; `text` is there only where JSON.stringify would say otherwise.
 */
export interface Payload {
  readonly value: Json;
  readonly text?: string;
}

export const textOf = ({ value, text }: Payload): string => text ?? JSON.stringify(value);

/** What is in a text that is known to be JSON. */
export function payloadOf(text: string): Payload {
  const value = JSON.parse(text) as Json; // JSON.parse yields nothing else
  return text === JSON.stringify(value) ? { value } : { value, text };
}

/** A list of payloads, each as it was written. */
export function listOf(payloads: readonly Payload[]): Payload {
  const value = payloads.map((payload) => payload.value);
  return payloads.some(({ text }) => text !== undefined)
    ? { value, text: `[${payloads.map(textOf).join(',')}]` }
    : { value };
}

/** Largest payload of a state, a task or an execution, in bytes of UTF-8 (Step Functions quota: 256 KiB). */
export const payloadLimit = 262_144;

/** Whether a payload is within the limit. */
export function fitsPayload(payload: Payload): boolean {
  const text = textOf(payload);
  return text.length <= payloadLimit && Buffer.byteLength(text) <= payloadLimit;
}
