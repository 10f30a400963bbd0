/** A length of time in milliseconds. */
export type Milliseconds = number & { readonly __unit: 'ms' };

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const wholeDuration = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;

/** Calls a number of milliseconds a duration. */
export const milliseconds = (value: number): Milliseconds =>
  // the caller says the unit by choosing this function
  value as Milliseconds;

/** `seconds(15)` is 15 000 ms. */
export const seconds = (value: number): Milliseconds => milliseconds(value * 1_000);

/** `minutes(5)` is 300 000 ms. */
export const minutes = (value: number): Milliseconds => milliseconds(value * 60_000);

/** `hours(2)` is 7 200 000 ms. */
export const hours = (value: number): Milliseconds => milliseconds(value * 3_600_000);

/**
 * Reads a Go-like duration: `500ms`, `5m`, `1h30m`, `1.5h`, and days, which Go has not: `7d`.
 *
 * @throws RangeError when the text is no such duration. Use `durationSchema` for text from outside.
 */
export function parseDuration(text: string): Milliseconds {
  const parsed = readDuration(text);
  if (parsed === null) throw new RangeError(`not a duration like 5m, 1h30m or 500ms: ${JSON.stringify(text)}`);
  return parsed;
}

/** Like `parseDuration`, but null for text that is no such duration. */
export function readDuration(text: string): Milliseconds | null {
  if (!wholeDuration.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)) {
    total += Number(amount) * (millisecondsPerUnit[unit ?? ''] ?? Number.NaN);
  }
  return Number.isSafeInteger(Math.round(total)) ? milliseconds(Math.round(total)) : null;
}

/** Writes a duration as `parseDuration` reads it: `1h30m`, `5m0s` is `5m`, zero is `0s`. */
export function formatDuration(duration: Milliseconds): string {
  if (duration < 0) return `-${formatDuration(milliseconds(-duration))}`;
  let rest = Math.round(duration);
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = millisecondsPerUnit[unit] ?? 1;
    const amount = Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text || '0s';
}
