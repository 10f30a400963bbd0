import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { AlertmanagerAlert, AlertmanagerEvent } from '../../contracts/events/alertmanager.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import type { AlertTrigger } from '../../contracts/trigger.ts';
import { executionName } from '../operation/execution-name.ts';

/** What the decision reads of the configuration. */
export interface AlertConfiguration {
  readonly services: readonly Pick<Configuration['services'][number], 'name' | 'alerts'>[];
}

export type AlertPlan =
  | {
      kind: 'start';
      service: string;
      /** Null when the alert names neither blue nor green. */
      environment: EnvironmentName | null;
      trigger: AlertTrigger;
      executionName: string;
    }
  | {
      kind: 'ignore';
      reason: 'resolved' | 'no-service-label' | 'unknown-service' | 'severity';
      fingerprint: string;
      detail: string;
    };

/**
 * Decides for each alert of a webhook whether it is one to look into (DESIGN §5, triggers). The name of the execution follows
 * from service, fingerprint and start, so an alert that is sent again and again starts one execution (I10).
 */
export const planAlerts = (configuration: AlertConfiguration, event: AlertmanagerEvent): readonly AlertPlan[] =>
  event.alerts.map((alert) => planAlert(configuration, alert));

function planAlert({ services }: AlertConfiguration, alert: AlertmanagerAlert): AlertPlan {
  const { labels, fingerprint, startsAt } = alert;
  const name = labels.alertname ?? 'unnamed alert';
  const ignore = (reason: Extract<AlertPlan, { kind: 'ignore' }>['reason'], why: string): AlertPlan => ({
    kind: 'ignore',
    reason,
    fingerprint,
    detail: `${name}: ${why}`,
  });
  const label = labels.service;
  if (label === undefined) return ignore('no-service-label', 'has no label service');
  const service = services.find((one) => one.name === label);
  if (!service) return ignore('unknown-service', `service ${label} is not configured`);
  if (alert.status === 'resolved') return ignore('resolved', 'is resolved');
  const severity = labels.severity ?? 'none';
  if (!service.alerts.severities.includes(severity))
    return ignore('severity', `severity ${severity} is not acted upon`);
  const environment = environmentNames.find((one) => one === labels.environment) ?? null;
  return {
    kind: 'start',
    service: service.name,
    environment,
    executionName: executionName('alert', service.name, [fingerprint, startsAt]),
    trigger: {
      kind: 'alert',
      service: service.name,
      environment,
      name,
      severity,
      fingerprint,
      summary: alert.annotations.summary ?? null,
      startsAt,
    },
  };
}
