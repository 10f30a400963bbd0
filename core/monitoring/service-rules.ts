import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { istioQueries, slowAbove } from '../../contracts/configuration/istio-queries.ts';
import { objectiveSourcesOf } from '../../contracts/configuration/service.ts';
import { formatDuration, type Milliseconds, minutes, seconds } from '../../contracts/duration.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { whileFrozen } from '../../contracts/words.ts';
import { ownSeries, recorded } from './series.ts';

/** From when on an environment counts as bad. */
export interface AlertLimits {
  /** Share of requests that may fail, 0 to 1. */
  readonly errors: number;
  /** How long an answer may take: on average, and for all but `slowShare` of them. */
  readonly latency: Milliseconds;
  /** How long it has to be so before an alert fires. */
  readonly for: Milliseconds;
  /** How far back rates look; several scrapes long. */
  readonly window: Milliseconds;
}

export const usualLimits: AlertLimits = {
  errors: 0.01,
  latency: seconds(2),
  for: minutes(5),
  window: minutes(1),
};

/** So many of all answers may take longer than the limit: then the 95th percentile is below it. */
const slowShare = 0.05;

interface RecordingRule {
  readonly record: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook', string>>;
}

/** A file of Prometheus' `rule_files`; also the `spec` of a PrometheusRule. */
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (RecordingRule | AlertingRule)[] }[];
}

/**
 * Recording and alerting rules for each service: four alerts about its environments, by which Sluice returns the traffic, and three about
 * Sluice itself. A group's rules are evaluated in their order, so that an alert never waits for the next evaluation of what it reads.
 */
export function rulesOf(configuration: Pick<Configuration, 'services' | 'argocd'>, limits: AlertLimits): RuleFile {
  return {
    groups: configuration.services.map((service) => ({
      name: `sluice-${service.name}`,
      rules: [
        ...environmentNames.flatMap((environment) =>
          recordingsOf(service, { environment, argocd: configuration.argocd.namespace, limits }),
        ),
        ...alertsOf(service, limits),
        ...alertsAboutSluice(service.name),
      ],
    })),
  };
}

interface Recorded {
  readonly environment: EnvironmentName;
  /** Namespace of the Applications. */
  readonly argocd: string;
  readonly limits: AlertLimits;
}

function recordingsOf(service: ServiceConfiguration, { environment, argocd, limits }: Recorded): RecordingRule[] {
  const { namespace, application } = service.environments[environment];
  const source = objectiveSourcesOf(service).find(({ kind }) => kind === 'istio');
  const istio = istioQueries({
    service: service.name,
    namespace,
    gateway: source?.kind === 'istio' ? source.gateway : null,
    window: formatDuration(limits.window),
  });
  const deployment = `namespace="${namespace}",deployment="${service.name}"`;
  const rules: readonly (readonly [string, string])[] = [
    [recorded.requests, istio.requests],
    [recorded.errorRatio, istio.errorRatio],
    [recorded.slowRatio, istio.slowShare(limits.latency)],
    [recorded.latencyMean, istio.latencyMean],
    [recorded.latencyP50, istio.quantile(0.5)],
    [recorded.latencyP95, istio.quantile(0.95)],
    [recorded.latencyP99, istio.quantile(0.99)],
    // `max`: where two kube-state-metrics run, each tells the same.
    [recorded.podsAvailable, `max(kube_deployment_status_replicas_available{${deployment}})`],
    [recorded.podsWanted, `max(kube_deployment_spec_replicas{${deployment}})`],
    [
      recorded.rolloutFailed,
      `max(kube_deployment_status_condition{${deployment},condition="Progressing",status="false"} == 1)` +
        ` or max(argocd_app_info{namespace="${argocd}",name="${application}",health_status="Degraded"})`,
    ],
  ];
  return rules.map(([record, expr]) => ({ record, expr, labels: { service: service.name, environment } }));
}

function alertsOf({ name, alerts, replicas }: ServiceConfiguration, limits: AlertLimits): AlertingRule[] {
  const of = (series: string) => `${series}{service="${name}"}`;
  const [severity = 'critical'] = alerts.severities;
  const lasting = formatDuration(limits.for);
  const about = `{{ $labels.environment }} of ${name}`;
  const percent = (share: number) => `${Number((share * 100).toFixed(4))} %`;
  const longest = `${limits.latency / 1000} s`;
  return [
    {
      alert: 'HighErrorRate',
      expr: `${of(recorded.errorRatio)} > ${limits.errors}`,
      for: lasting,
      labels: { service: name, severity },
      annotations: {
        summary: `{{ $value | humanizePercentage }} of the requests to ${about} fail`,
        description: `More than ${percent(limits.errors)} of the requests have failed for ${lasting}: status 5xx, or no pod was reached.`,
        runbook: 'docs/runbooks/high-error-rate.md',
      },
    },
    {
      alert: 'PerformanceDegradation',
      expr: `${of(recorded.latencyMean)} > ${limits.latency / 1000} or ${of(recorded.slowRatio)} > ${slowShare}`,
      for: lasting,
      labels: { service: name, severity },
      annotations: {
        summary: `Answers of ${about} take longer than ${longest}`,
        description: `For ${lasting} answers have taken longer than ${longest} on average, or more than ${percent(slowShare)} of them longer than ${slowAbove(limits.latency).join(' or ')} ms, a bucket of Istio.`,
        runbook: 'docs/runbooks/slow-answers.md',
      },
    },
    {
      alert: 'HealthCheckFailure',
      // A standby at rest has fewer pods than traffic would need, and wants no more.
      expr: `${of(recorded.podsAvailable)} < ${replicas.minAvailable} and ${of(recorded.podsAvailable)} < ${of(recorded.podsWanted)}`,
      for: lasting,
      labels: { service: name, severity },
      annotations: {
        summary: `${about} has {{ $value }} ready pods of ${replicas.minAvailable} that it needs`,
        description: `Pods have failed their health checks, or could not start, for ${lasting}.`,
        runbook: 'docs/runbooks/failing-health-checks.md',
      },
    },
    {
      alert: 'DeploymentFailure',
      expr: `${of(recorded.rolloutFailed)} == 1`,
      for: lasting,
      // Sluice sees by itself that a rollout failed and sends it no traffic: nothing to return.
      labels: { service: name, severity: 'warning' },
      annotations: {
        summary: `The rollout of ${about} has failed`,
        description: `The Deployment has not progressed within its deadline, or Argo CD has called the Application degraded for ${lasting}.`,
        runbook: 'docs/runbooks/failed-deployment.md',
      },
    },
  ];
}

/** Begins the names of alerts about Sluice itself: they are no reason to move traffic. */
export const ownAlertPrefix = 'Sluice';

function alertsAboutSluice(service: string): AlertingRule[] {
  const failed = `${ownSeries.deployments}{service="${service}",outcome=~"failed|rolled-back|frozen"}`;
  // An outcome that never occurred has no sample; without one of any ten minutes ago nobody knows what is new.
  const wasKnown = `${ownSeries.deployments}{service="${service}",outcome="open"} offset 10m`;
  return [
    {
      alert: `${ownAlertPrefix}DeploymentFailed`,
      expr: `(max by (service, outcome) (${failed}) - (max by (service, outcome) (${failed} offset 10m) or max by (service, outcome) (${failed}) * 0)) > 0 and on (service) ${wasKnown}`,
      labels: { service, severity: 'warning' },
      annotations: {
        summary: `A deployment of ${service} ended {{ $labels.outcome }}`,
        description:
          'The traffic is where it was before, unless the service is frozen. If the release was at fault, it is on hold.',
        runbook: 'docs/runbooks/failed-deployment.md',
      },
    },
    {
      alert: `${ownAlertPrefix}OperationStuck`,
      expr: `max by (service) (${ownSeries.overdue}{service="${service}"}) > 0`,
      for: '10m',
      labels: { service, severity: 'critical' },
      annotations: {
        summary: `An operation of ${service} is beyond its deadline`,
        description: 'It has not ended, and the guardian has not ended it either. Other operations wait for its lock.',
        runbook: 'docs/runbooks/stuck-operation.md',
      },
    },
    {
      alert: `${ownAlertPrefix}ServiceFrozen`,
      expr: `max by (service) (${ownSeries.frozen}{service="${service}"}) == 1`,
      labels: { service, severity: 'critical' },
      annotations: {
        summary: `${service} is frozen`,
        description: `${whileFrozen} The traffic may be on a bad side.`,
        runbook: 'docs/runbooks/frozen-service.md',
      },
    },
  ];
}
