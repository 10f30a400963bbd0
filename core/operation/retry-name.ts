import { createHash } from 'node:crypto';

/** Begins the name of a return's second and last execution. */
export const retryPrefix = 'again-';

/** The name under which a return that died before it had the lock is started once more: by that execution, hence once. */
export const retryName = (deadExecutionArn: string): string =>
  `${retryPrefix}${createHash('sha256').update(deadExecutionArn).digest('hex').slice(0, 40)}`;
