import { hours } from './duration.ts';

/** So long before its end a token of GitHub is warned of. */
export const tokenWarning = { days: 14, before: hours(14 * 24) } as const;
