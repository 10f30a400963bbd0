const format =
  /^\d{4}-\d{2}-(\d{2})T([01]\d|2[0-3]):\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-](?:(?:0\d|1[0-7]):[0-5]\d|18:00))$/;

/**
 * An ISO 8601 extended offset date-time, as epoch milliseconds (nanoseconds are cut); undefined for any other text, and for
 * days that no calendar has, which Date.parse would take for days of the next month.
 */
export function parseTimestamp(text: string): number | undefined {
  const [, day] = format.exec(text) ?? [];
  const time = day === undefined ? Number.NaN : Date.parse(text);
  const sameDay = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(day);
  return Number.isNaN(time) || !sameDay ? undefined : time;
}
