import type { Store } from '../../adapters/store/store.ts';
import type { Instant } from '../../contracts/instant.ts';

/**
 * Whether an operation's audit already has the result of this action: what must happen once, such as a report, is then not
 * repeated by a state that is retried (I10). A result that is a failure does not count, nor one from before `since`.
 */
export async function doneBefore(
  store: Pick<Store, 'audit'>,
  operation: string,
  action: string,
  since: Instant | null = null,
): Promise<boolean> {
  const entries = await store.audit.list(operation);
  return entries.some(
    (entry) =>
      entry.action === action &&
      entry.phase === 'result' &&
      !isFailure(entry.details) &&
      (since === null || entry.at >= since),
  );
}

const isFailure = (details: unknown): boolean =>
  typeof details === 'object' && details !== null && 'failure' in details;
