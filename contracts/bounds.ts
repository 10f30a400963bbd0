/** What a reading must not be below (`min`) or above (`max`), in its own unit. One that equals a bound is within it. */
export interface Bounds {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/**
 * Which bound a reading breaks; null when it breaks none.
 *
 * @param value a finite number: what is missing, or no number, breaks nothing and is for the caller to sort out first.
 */
export function brokenBound({ min, max }: Bounds, value: number): 'min' | 'max' | null {
  if (max !== undefined && value > max) return 'max';
  return min !== undefined && value < min ? 'min' : null;
}
