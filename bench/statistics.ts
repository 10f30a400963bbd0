/** Median, 95th percentile (nearest rank) and extremes of some measurements. */
export function summary(values: readonly number[]): {
  median: number;
  p95: number;
  min: number;
  max: number;
  count: number;
} {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), min: at(0), max: at(1), count: sorted.length };
}

/** One line of a report. */
export function line(name: string, values: readonly number[], unit: string, target: string): string {
  const { median, p95, min, max, count } = summary(values);
  const show = (value: number) => value.toFixed(value < 10 ? 2 : 0);
  return `${name.padEnd(52)} median ${show(median)} p95 ${show(p95)} min ${show(min)} max ${show(max)} ${unit} (n=${count}; target ${target})`;
}
