import type { Instant } from '../../contracts/instant.ts';
import { executionName } from '../operation/execution-name.ts';
import type { AlertPlan } from './plan-alerts.ts';

type Start = Extract<AlertPlan, { kind: 'start' }>;

/** Beyond so many alerts about one side in one payload they are a storm, of which one is judged for all. */
const storm = 10;
/**
 * So many of a side that are resolved in one payload are remembered: a group of alerts grows from one payload to the next, so that more of it may be
 * known to fire than one payload of a storm leaves behind, and what nobody resolves holds up the next shifts for hours.
 */
const resolvedEach = 200;
/** All payloads of a storm that come within this time are judged by one execution. */
const together = 1_000;

/** An alert that is judged, under the name of its execution, and those that it is judged for: itself among them. */
export interface Lead {
  readonly name: string;
  readonly alert: Start;
  readonly of: readonly Start[];
}

/** Whether it is judged for others too, beyond its own repetitions in the payload. */
export const isStorm = ({ name, alert }: Lead): boolean => name !== alert.executionName;

/**
 * Decides which alerts of a payload get an execution. The decision depends on service and side alone, so that of a storm the newest alert is
 * judged for all: whatever was acted on before is older. Otherwise each alert has its own, by whose name a redelivery is known (I10).
 */
export function leadAlerts(plans: readonly AlertPlan[], now: Instant): readonly Lead[] {
  const sides = new Map<string, Start[]>();
  for (const plan of plans) {
    if (plan.kind !== 'start') continue;
    const side = JSON.stringify([plan.service, plan.environment]);
    const known = sides.get(side);
    if (known === undefined) sides.set(side, [plan]);
    else known.push(plan);
  }
  return [...sides.values()].flatMap((alerts) => leadsOf(alerts, now));
}

function leadsOf(alerts: readonly Start[], now: Instant): readonly Lead[] {
  const byName = Map.groupBy(alerts, ({ executionName: name }) => name);
  if (byName.size <= storm)
    return [...byName].flatMap(([name, of]) => of.slice(0, 1).map((alert) => ({ name, alert, of })));
  const [alert = alerts[0]] = newestFirst(alerts);
  if (alert === undefined) return [];
  const slot = Math.floor(now / together);
  const name = executionName('alerts', alert.service, [alert.environment ?? 'any', 'storm', slot]);
  return [{ name, alert, of: alerts }];
}

/** In an order that depends on the alerts alone. */
const newestFirst = <Told extends Sighted>(alerts: readonly Told[]): readonly Told[] =>
  alerts.toSorted((one, other) => startOf(other) - startOf(one) || (idOf(one) < idOf(other) ? -1 : 1));

type Resolved = Extract<AlertPlan, { reason: 'resolved' }>;
type Sighted = Start | Resolved;
const startOf = (alert: Sighted): Instant => (alert.kind === 'start' ? alert.trigger.startsAt : alert.startsAt);
const idOf = (alert: Sighted): string => (alert.kind === 'start' ? alert.trigger.fingerprint : alert.fingerprint);

/** The alerts of a payload that are remembered one by one: of a storm that fires the newest, which stand for the others. */
export function memorableAlerts(plans: readonly AlertPlan[]): readonly Sighted[] {
  const sighted = plans.filter((plan): plan is Sighted => plan.kind === 'start' || plan.reason === 'resolved');
  const sides = Map.groupBy(sighted, ({ kind, service, environment }) => JSON.stringify([kind, service, environment]));
  return [...sides.values()].flatMap((alerts) =>
    newestFirst(alerts).slice(0, alerts[0]?.kind === 'start' ? storm : resolvedEach),
  );
}

/** The name under which an alert is judged once more, after an execution of its own found nothing to do. */
export const againName = ({ service, trigger }: Start, now: Instant): string =>
  executionName('alert', service, [
    trigger.environment ?? 'any',
    trigger.fingerprint,
    trigger.startsAt,
    Math.floor(now / together),
  ]);
