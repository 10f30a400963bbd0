import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { AlertmanagerAlert, AlertmanagerEvent } from '../../contracts/events/alertmanager.ts';
import type { Instant } from '../../contracts/instant.ts';
import { isSameName } from '../../contracts/name-key.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { shortLine } from '../../contracts/one-line.ts';
import type { AlertTrigger } from '../../contracts/trigger.ts';
import { executionName } from '../operation/execution-name.ts';

/** What the decision reads of the configuration. */
export interface AlertConfiguration {
  readonly services: readonly {
    readonly name: string;
    readonly alerts: Pick<Configuration['services'][number]['alerts'], 'severities'>;
  }[];
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
      reason: 'no-service-label' | 'unknown-service' | 'severity';
      fingerprint: string;
      detail: string;
    }
  /** It does not fire any more: a pause of its making may end. */
  | {
      kind: 'ignore';
      reason: 'resolved';
      service: string;
      environment: EnvironmentName | null;
      fingerprint: string;
      name: string;
      severity: string;
      startsAt: Instant;
      detail: string;
    };

/** What a text of an alert may be long: it travels through Step Functions, which takes 256 KiB, and is read by people. */
const longest = { name: 100, summary: 400, fingerprint: 64, label: 100 };

/**
 * Decides for each alert of a webhook whether it is one to look into (DESIGN §5, triggers). The name of the execution follows
 * from service, environment, fingerprint and start, so that a redelivery is known (I10).
 */
export const planAlerts = (
  configuration: AlertConfiguration,
  event: Pick<AlertmanagerEvent, 'alerts'>,
): readonly AlertPlan[] => event.alerts.map((alert) => planAlert(configuration, alert));

function planAlert({ services }: AlertConfiguration, alert: AlertmanagerAlert): AlertPlan {
  const { labels, startsAt } = alert;
  const fingerprint = shortLine(alert.fingerprint, longest.fingerprint);
  const name = shortLine(labels.alertname ?? 'unnamed alert', longest.name);
  const ignore = (
    reason: Exclude<Extract<AlertPlan, { kind: 'ignore' }>['reason'], 'resolved'>,
    why: string,
  ): AlertPlan => ({
    kind: 'ignore',
    reason,
    fingerprint,
    detail: `${name}: ${why}`,
  });
  const label = labels.service;
  if (label === undefined) return ignore('no-service-label', 'has no label service');
  // People and generators write labels in any case; a name that differs in nothing else is meant.
  const service = services.find((one) => isSameWord(one.name, label));
  if (!service) return ignore('unknown-service', `service ${shortLine(label, longest.label)} is not configured`);
  const named = labels.environment?.trim() ?? '';
  const environment = environmentNames.find((one) => isSameWord(one, named)) ?? null;
  const elsewhere = environment === null && named !== '' ? shortLine(named, longest.label) : undefined;
  const severity = shortLine(labels.severity ?? 'none', longest.label);
  if (alert.status === 'resolved') {
    return {
      kind: 'ignore',
      reason: 'resolved',
      service: service.name,
      environment,
      fingerprint,
      name,
      severity,
      startsAt,
      detail: `${name}: is resolved`,
    };
  }
  if (!service.alerts.severities.some((one) => isSameWord(one, severity)))
    return ignore('severity', `severity ${severity} is not acted upon`);
  const { summary } = alert.annotations;
  return {
    kind: 'start',
    service: service.name,
    environment,
    executionName: executionName('alert', service.name, [environment ?? 'any', fingerprint, startsAt]),
    trigger: {
      kind: 'alert',
      service: service.name,
      environment,
      ...(elsewhere === undefined ? {} : { elsewhere }),
      name,
      severity,
      fingerprint,
      summary: typeof summary === 'string' ? shortLine(summary, longest.summary) : null,
      startsAt,
    },
  };
}

const isSameWord = (one: string, other: string): boolean => isSameName(one, other.trim());
