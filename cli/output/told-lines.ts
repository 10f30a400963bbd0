import type { Told } from '../../contracts/api/operator-actions.ts';

/** What a call did, what it did not, and what may be typed next. */
export const toldLines = ({ did, didNot, next }: Told): string[] => [
  ...(did.length === 0 ? ['There was nothing to do.'] : did),
  ...didNot.map((sentence) => `  ${sentence}`),
  ...next.map((command) => `  next: ${command}`),
];
