import { createHash } from 'node:crypto';
import { type CloudWatchAlarm, cloudWatchAlarmSchema } from '../../contracts/events/cloudwatch-alarm.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { isSameName } from '../../contracts/name-key.ts';
import { environmentNames } from '../../contracts/names.ts';

/** What was published to a topic, as far as it is about alerts. */
export type TopicAlerts =
  /** `document`: a group as Alertmanager's webhook sends it, unread. */
  | { kind: 'group'; document: { version: '4'; alerts: readonly unknown[]; truncatedAlerts: unknown } }
  /** It says that nothing fires and nothing is resolved. */
  | { kind: 'nothing'; reason: string }
  | { kind: 'unreadable'; reason: string };

const unreadable = 'it is neither a CloudWatch alarm nor an Alertmanager message (its own text, or JSON by a template)';

/**
 * Reads what CloudWatch or Alertmanager (Amazon Managed Service for Prometheus) published. Alertmanager's message is what a template makes
 * of it: JSON, or the text of its default template, which has neither fingerprint nor start.
 *
 * @param publishedAt ISO 8601: stands for the start of an alert that does not say it.
 */
export function alertsOfTopic(message: string, publishedAt: string): TopicAlerts {
  const document = parsed(message);
  if (document === undefined) {
    const text = alertsOfText(message);
    if (text.length > 0) return group(text, publishedAt);
    const whole = alertsBeforeTheCut(message);
    return whole.length > 0
      ? group(whole, publishedAt, { truncatedAlerts: 1 })
      : { kind: 'unreadable', reason: unreadable };
  }
  if (!isRecord(document)) return { kind: 'unreadable', reason: unreadable };
  if (Array.isArray(document.alerts)) return group(document.alerts, publishedAt, document);
  const alarm = cloudWatchAlarmSchema.safeParse(document);
  return alarm.success ? alertOfAlarm(alarm.data) : { kind: 'unreadable', reason: unreadable };
}

function group(
  alerts: readonly unknown[],
  publishedAt: string,
  of: Readonly<Record<string, unknown>> = {},
): TopicAlerts {
  const complete = (alert: unknown): unknown =>
    isRecord(alert)
      ? { status: of.status, startsAt: publishedAt, fingerprint: fingerprintOf(alert.labels), ...alert }
      : alert;
  return {
    kind: 'group',
    document: { version: '4', alerts: alerts.map(complete), truncatedAlerts: of.truncatedAlerts ?? 0 },
  };
}

/** As Prometheus does: the same labels have the same fingerprint. */
const fingerprintOf = (labels: unknown): string => {
  const sorted = isRecord(labels) ? Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)) : labels;
  return createHash('sha256')
    .update(JSON.stringify(sorted ?? null))
    .digest('hex')
    .slice(0, 16);
};

const statusOf: Readonly<Record<string, string>> = { 'Alerts Firing:': 'firing', 'Alerts Resolved:': 'resolved' };

/** Reads Alertmanager's default text (`sns.default.message`). */
function alertsOfText(message: string): readonly object[] {
  const alerts: { status: string; labels: Map<string, string>; annotations: Map<string, string> }[] = [];
  let status: string | undefined;
  let into: Map<string, string> | undefined;
  for (const line of message.split(/\r?\n/)) {
    const pair = /^ - (\w+) = (.*)$/.exec(line);
    if (pair?.[1] !== undefined) into?.set(pair[1], pair[2] ?? '');
    else if (line in statusOf) status = statusOf[line];
    else if (line === 'Labels:' && status !== undefined) {
      into = new Map();
      alerts.push({ status, labels: into, annotations: new Map() });
    } else if (line === 'Annotations:') into = alerts.at(-1)?.annotations;
    else if (line.startsWith('Source: ')) into = undefined;
  }
  return alerts.map(({ labels, annotations, ...rest }) => ({
    ...rest,
    labels: Object.fromEntries(labels),
    annotations: Object.fromEntries(annotations),
  }));
}

/** Beyond so many alerts that may be broken, a message is given up. */
const cutsTried = 100;

/** The whole alerts of JSON that ends in the middle: Alertmanager cuts what is longer than SNS takes (256 KiB), as in a wide incident. */
function alertsBeforeTheCut(message: string): readonly unknown[] {
  if (!message.trimStart().startsWith('{')) return [];
  let end = message.lastIndexOf('}');
  for (let tried = 0; end > 0 && tried < cutsTried; tried += 1) {
    const document = parsed(`${message.slice(0, end + 1)}]}`);
    if (isRecord(document) && Array.isArray(document.alerts)) return document.alerts;
    end = message.lastIndexOf('}', end - 1);
  }
  return [];
}

/** An alarm whose description says no severity was sent here on purpose. */
const severityOfAlarm = 'critical';

function alertOfAlarm(alarm: CloudWatchAlarm): TopicAlerts {
  const { AlarmName, AlarmArn, AWSAccountId, Region, NewStateValue, NewStateReason, StateChangeTime } = alarm;
  if (NewStateValue === 'INSUFFICIENT_DATA') {
    return { kind: 'nothing', reason: `alarm ${AlarmName}: has insufficient data, which changes nothing` };
  }
  const alert = {
    status: NewStateValue === 'ALARM' ? 'firing' : 'resolved',
    labels: { ...labelsOfAlarm(alarm), alertname: AlarmName },
    annotations: { summary: NewStateReason },
    startsAt: formatInstant(StateChangeTime),
    fingerprint: fingerprintOf({ alarm: AlarmArn ?? [AWSAccountId, Region, AlarmName] }),
  };
  return { kind: 'group', document: { version: '4', alerts: [alert], truncatedAlerts: 0 } };
}

/**
 * What an alarm is about: `service=… environment=… severity=…` of its description, and otherwise the dimensions `service` and `environment` of
 * its metrics, where they agree. Application Signals has an `Environment` too, which is a cluster: only blue and green count.
 */
function labelsOfAlarm({ AlarmDescription, Trigger }: CloudWatchAlarm): Readonly<Record<string, string>> {
  const told = (name: string): string | undefined =>
    new RegExp(`(?:^|[\\s,;(])${name}=([^\\s,;)]+)`, 'i').exec(AlarmDescription ?? '')?.[1];
  const metrics = Trigger?.Metrics.map(({ MetricStat }) => MetricStat?.Metric.Dimensions ?? []) ?? [];
  const dimensions = [...(Trigger?.Dimensions ?? []), ...metrics.flat()];
  const measured = (label: string): string | undefined => {
    const values = new Set(dimensions.flatMap(({ name, value }) => (isSameName(name, label) ? [value] : [])));
    return values.size === 1 ? [...values][0] : undefined;
  };
  const side = measured('environment');
  const labels = {
    service: told('service') ?? measured('service'),
    environment: told('environment') ?? environmentNames.find((one) => side !== undefined && isSameName(one, side)),
    severity: told('severity') ?? severityOfAlarm,
  };
  return Object.fromEntries(
    Object.entries(labels).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
