const format = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 with `Z` or an offset, as epoch milliseconds (nanoseconds are cut); undefined for any other text. */
export function parseTimestamp(text: string): number | undefined {
  const time = format.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
