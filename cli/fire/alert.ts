import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '../../contracts/instant.ts';

export interface AlertToSend {
  readonly name: string;
  readonly service: string;
  readonly environment: string | null;
  readonly severity: string;
  readonly summary: string;
  readonly status: 'firing' | 'resolved';
  readonly startsAt: Instant;
}

/** The document that Alertmanager (0.16 and later, version 4) sends for one alert. */
export function alertmanagerDocument(alert: AlertToSend): object {
  const { name, service, environment, severity, summary, status, startsAt } = alert;
  const labels = { alertname: name, service, severity, ...(environment === null ? {} : { environment }) };
  const annotations = { summary };
  // As Prometheus does, from the labels alone: the same alert has the same fingerprint.
  const fingerprint = createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16);
  return {
    version: '4',
    receiver: 'sluice',
    status,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: formatInstant(startsAt),
        endsAt: '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint,
      },
    ],
    groupLabels: { alertname: name, service },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    groupKey: `{}:{alertname="${name}", service="${service}"}`,
    truncatedAlerts: 0,
  };
}
