import type { Store } from '../../adapters/store/store.ts';
import type { Instant } from '../../contracts/instant.ts';
import { note, sluice } from './audited.ts';

/**
 * Gives each intent of an operation that nobody came back to its result, when the operation is ended (I9): whoever wrote it died, or
 * lost the database or the lock, between the effect and its result. Whether the effect took place is for the live state to say.
 */
export async function closeIntents(
  deps: { readonly store: Pick<Store, 'audit'>; readonly now: () => Instant },
  operation: string,
  /** Only of these actions; all of them without it. */
  only?: readonly string[],
): Promise<void> {
  const open = new Map<string, number>();
  for (const { action, phase } of await deps.store.audit.list(operation)) {
    open.set(action, Math.max(0, (open.get(action) ?? 0) + (phase === 'intent' ? 1 : -1)));
  }
  for (const [action, count] of open) {
    if (only?.includes(action) === false) continue;
    for (let left = count; left > 0; left--) {
      const reason = 'The result was never recorded; this is the live state.';
      await note(deps, { operation, action, actor: sluice, reason, details: { result: 'unknown' } });
    }
  }
}
