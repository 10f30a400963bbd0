import type { Store } from '../../adapters/store/store.ts';
import type { Instant } from '../../contracts/instant.ts';

/** What is about to be done, by whom and why (rule 9). */
export interface Intent {
  readonly operation: string;
  readonly action: string;
  readonly actor: string;
  readonly reason?: string;
  readonly before?: unknown;
  readonly wanted?: unknown;
}

interface AuditDeps {
  readonly store: Pick<Store, 'audit'>;
  readonly now: () => Instant;
}

/** How an entry is written: by a return of the traffic only as long as its time for the database lasts (rule 6). */
type Write = (append: () => Promise<unknown>) => Promise<unknown>;

const must: Write = (append) => append();

/** Who acts when no person does. */
export const sluice = 'sluice';

/** Writes the intent, carries out the effect, writes its result: also that of a failure, which is then thrown on. */
export async function audited<T>(
  deps: AuditDeps,
  intent: Intent,
  effect: () => Promise<T>,
  write: Write = must,
): Promise<T> {
  const { operation, action, actor, ...details } = intent;
  const append = (phase: 'intent' | 'result', told: Record<string, unknown>) =>
    write(() => deps.store.audit.append(operation, { at: deps.now(), actor, action, phase, details: told }));
  await append('intent', details);
  try {
    const result = await effect();
    await append('result', { result });
    return result;
  } catch (error) {
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    await append('result', { failure });
    throw error;
  }
}

/** Records what was found or decided, where nothing outside is changed. */
export async function note(
  deps: AuditDeps,
  finding: Omit<Intent, 'before' | 'wanted'> & { details?: unknown },
): Promise<void> {
  const { operation, action, actor, ...details } = finding;
  await deps.store.audit.append(operation, { at: deps.now(), actor, action, phase: 'result', details });
}
