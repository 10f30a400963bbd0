import { formatInstant } from '../../contracts/instant.ts';
import { memorableAlerts } from '../../core/alerts/lead-alerts.ts';
import type { AlertPlan } from '../../core/alerts/plan-alerts.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import type { AlertmanagerWebhookDeps } from './deps.ts';

/** So many writes are under way at once: a return of the traffic is, too. */
const atOnce = 10;

/**
 * Remembers what fires and what is resolved: for the next shift, and for a pause that an alert made. What was decided stands, whether or not
 * it can be written down.
 */
export async function rememberAlerts(
  deps: Pick<AlertmanagerWebhookDeps, 'store' | 'now' | 'log'>,
  { plans, judgedBy }: { plans: readonly AlertPlan[]; judgedBy: (plan: AlertPlan) => string | null },
): Promise<void> {
  const at = timestamp(deps);
  const { alerts } = deps.store;
  const writes = memorableAlerts(plans).map((plan) => {
    const { environment, name, severity, fingerprint, startsAt } = plan.kind === 'start' ? plan.trigger : plan;
    const told = { environment, name, severity, fingerprint, startsAt: formatInstant(startsAt), seenAt: at };
    const status = plan.kind === 'start' ? ('firing' as const) : ('resolved' as const);
    return () => alerts.tell(plan.service, { ...told, status, judgedBy: judgedBy(plan) });
  });
  const write = async () => {
    for (let next = writes.pop(); next !== undefined; next = writes.pop()) await next();
  };
  try {
    await Promise.all(Array.from({ length: atOnce }, write));
  } catch (error) {
    writes.length = 0;
    const cause = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'warn', message: `Not every alert could be remembered: ${cause}` });
  }
}
