import leven from 'leven';

/** Those of the names that come closest to a mistyped one; none where all differ in two of five letters or more. */
export function nearest<T>(asked: string, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const near = all
    .map((one) => ({ one, distance: leven(nameOf(one).toLowerCase(), asked.toLowerCase()) }))
    .filter(({ one, distance }) => distance < 0.4 * nameOf(one).length);
  const least = Math.min(...near.map(({ distance }) => distance));
  return near.filter(({ distance }) => distance === least).map(({ one }) => one);
}
