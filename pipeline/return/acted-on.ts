import { formatInstant } from '../../contracts/instant.ts';
import type { ActedOn } from '../../contracts/records/alert.ts';
import type { AlertTrigger, RollbackTrigger } from '../../contracts/trigger.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import type { DatabaseBudget } from './database-budget.ts';
import type { Situation } from './situation.ts';

/** Remembers what was done for an alert: its repetitions change nothing from now on (I10). */
export async function markActedOn(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  trigger: AlertTrigger,
  done: Omit<ActedOn, 'startsAt'>,
): Promise<void> {
  const { service, environment, fingerprint, startsAt } = trigger;
  const actedOn = { ...done, startsAt: formatInstant(startsAt) };
  await budget.ask(() => deps.store.alerts.markActedOn(service, { environment, fingerprint }, actedOn));
}

/** An alert about the side that a rollback at work leaves is answered by that: it does not count against the next shift. */
export async function markAnswered(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  { trigger, situation, by }: { trigger: RollbackTrigger; situation: Situation | null; by: string },
): Promise<void> {
  const running = situation?.running;
  if (trigger.kind !== 'alert' || running?.kind !== 'rollback' || running.id === by) return;
  if (running.target !== null && running.target === trigger.environment) return;
  await markActedOn(deps, budget, trigger, { operation: running.id, action: 'return', by, at: timestamp(deps) });
}
