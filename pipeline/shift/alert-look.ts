import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import { because, shortReason } from '../../contracts/reason.ts';
import type { AlertRecord } from '../../contracts/records/alert.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { isHotfix } from '../../contracts/trigger.ts';
import { alertWords, firingAlerts, isActedOn, judgeKnownAlerts, pausersOf } from '../../core/alerts/known-alerts.ts';
import { note, sluice } from '../operation/audited.ts';
import { type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';

/** Alerts of a service: all that are known, and those of them that fire. */
export async function readAlerts(
  deps: Pick<ObserveDeps, 'store' | 'now'>,
  service: ServiceConfiguration,
): Promise<{ known: readonly AlertRecord[]; firing: readonly AlertRecord[] }> {
  const known = await deps.store.alerts.list(service.name);
  const { repeatInterval } = service.alerts;
  return { known, firing: firingAlerts(known, { repeatInterval, now: deps.now() }) };
}

/**
 * Looks, before a weight rises, for alerts that fire already: they came when there was nothing to do for them, and Alertmanager may not
 * repeat them for hours. `pausing`: the weight waits from now on, for a person, who is paged, or for the end of the alert (I7). Null: nothing is
 * against it.
 */
export async function alertLook(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<Extract<ResultOf<'await-capacity'>, { reason: string }> | null> {
  const { id, target, kind, startedAt, weights, trigger } = operation;
  if (target === null) return null;
  const { known, firing } = await readAlerts(deps, service);
  const byHand = kind === 'switch-traffic' || isHotfix(trigger);
  const weight = weights?.[target] ?? 0;
  const verdict = judgeKnownAlerts(known, firing, { kind, startedAt, target, weight, byHand });
  if (verdict.kind === 'clear') return null;
  const { alerts } = verdict;
  const at = timestamp(deps);
  const actedOn = { operation: id, action: verdict.kind, by: id, at };
  for (const alert of alerts) {
    await deps.store.alerts.markActedOn(service.name, alert, { ...actedOn, startsAt: alert.startsAt });
  }
  if (verdict.kind === 'return') {
    return {
      outcome: 'failed',
      reason: because('AlertFiring', `${alertWords(alerts)} fires, and ${target} has ${weight} % of the traffic.`),
    };
  }
  const told = `${alertWords(alerts)} is already firing, so no more traffic goes to ${target}`;
  const reason = shortReason(because('AlertFiring', told), longestReason);
  await note(deps, { operation: id, action: 'pause', actor: sluice, reason });
  await deps.store.operations.update(id, { pausedBecause: reason, pausedAt: at });
  return { outcome: 'pausing', reason };
}

/**
 * Whether the alerts are over by which this operation was paused, and no other one fires that nobody has seen to. Null when it was not paused by an alert.
 */
export async function pausersAreOver(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  { id, pausedAt }: Pick<OperationRecord, 'id' | 'pausedAt'>,
): Promise<{ over: string } | null> {
  if (pausedAt === null) return null;
  const { known, firing } = await readAlerts(deps, service);
  const pausers = pausersOf(known, { operation: id, pausedAt });
  if (pausers.length === 0 || pausers.some(({ status }) => status === 'firing')) return null;
  // What was acted on before this pause is no reason for it.
  const others = firing.filter((alert) => !isActedOn(alert, known));
  return others.length > 0 ? null : { over: `${alertWords(pausers)} is resolved` };
}
