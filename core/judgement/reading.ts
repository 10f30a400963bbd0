/** What one query answered. */
export type Reading =
  | { readonly kind: 'value'; readonly value: number }
  /** The source answered, but had nothing: no series, or no number. */
  | { readonly kind: 'no-data'; readonly reason?: string }
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Readings by the objective's name. */
export type Readings = Readonly<Record<string, Reading>>;

/** `null` when the reading is a usable number, otherwise why it is not. */
export function missing(reading: Reading | undefined): string | null {
  if (reading === undefined) return 'no data';
  if (reading.kind === 'no-data') return reading.reason ?? 'no data';
  if (reading.kind === 'unreachable') return `no usable answer: ${reading.reason}`;
  return Number.isFinite(reading.value) ? null : 'no data (not a finite number)';
}
