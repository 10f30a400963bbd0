import { formatInstant } from '../../contracts/instant.ts';
import type { AlertPlan } from '../../core/alerts/plan-alerts.ts';
import { timestamp } from '../../pipeline/operation/operation-context.ts';
import type { AlertmanagerWebhookDeps } from './deps.ts';

/** So many of a payload are remembered for each side, the newest: of a storm they are as good as all of them. */
const mostFiring = 100;
const mostResolved = 500;
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
  const firing = newestOfEachSide(plans).map((plan) => {
    const { environment, name, severity, fingerprint, startsAt } = plan.trigger;
    const told = { environment, name, severity, fingerprint, startsAt: formatInstant(startsAt), seenAt: at };
    return { service: plan.service, told: { ...told, status: 'firing' as const, judgedBy: judgedBy(plan) } };
  });
  const resolved = plans
    .filter((plan) => plan.kind === 'ignore' && plan.reason === 'resolved')
    .slice(0, mostResolved)
    .map(({ service, environment, fingerprint, name, severity, startsAt }) => {
      const told = { environment, name, severity, fingerprint, startsAt: formatInstant(startsAt), seenAt: at };
      return { service, told: { ...told, status: 'resolved' as const, judgedBy: null } };
    });
  const writes = [...firing, ...resolved].map(
    ({ service, told }) =>
      () =>
        alerts.tell(service, told),
  );
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

type Start = Extract<AlertPlan, { kind: 'start' }>;

function newestOfEachSide(plans: readonly AlertPlan[]): readonly Start[] {
  const starts = plans.filter((plan): plan is Start => plan.kind === 'start');
  const sides = Map.groupBy(starts, ({ service, environment }) => JSON.stringify([service, environment]));
  return [...sides.values()].flatMap((alerts) =>
    alerts.toSorted((one, other) => other.trigger.startsAt - one.trigger.startsAt).slice(0, mostFiring),
  );
}
