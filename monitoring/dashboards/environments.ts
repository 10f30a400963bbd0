import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { recorded } from '../../core/monitoring/series.ts';
import { dashboardOf, graph, namespaceVariable, number, ofService } from './panels.ts';

/** Both environments side by side: who has the traffic, which release runs there, and whether its pods are well. */
export const blueGreenEnvironmentStatus = (): DashboardBuilder =>
  dashboardOf({
    title: 'Blue-Green Environment Status',
    uid: 'sluice-environments',
    description: 'Both environments side by side: traffic, release, pods and rollouts.',
  })
    .withVariable(namespaceVariable())
    .withPanel(
      number({
        title: 'Requests a second',
        description: 'The environment without any is the standby.',
        unit: 'reqps',
        queries: [{ expr: ofService(recorded.requests), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      number({
        title: 'Ready pods',
        description: 'What the Service sends requests to.',
        unit: 'short',
        queries: [{ expr: ofService(recorded.podsAvailable), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      number({
        title: 'Missing pods',
        description: 'Wanted by the Deployment and not ready. docs/runbooks/failing-health-checks.md',
        unit: 'short',
        limit: 1,
        queries: [
          {
            expr: `${ofService(recorded.podsWanted)} - ${ofService(recorded.podsAvailable)}`,
            legend: '{{environment}}',
          },
        ],
      }),
    )
    .withPanel(
      number({
        title: 'Failed rollouts',
        description: 'A Deployment beyond its deadline, or an Application that Argo CD calls degraded.',
        unit: 'short',
        limit: 1,
        queries: [{ expr: ofService(recorded.rolloutFailed), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Requests by version',
        description: 'What really answers, by the label of its pods; `unknown` is what reached no pod.',
        unit: 'reqps',
        queries: [
          {
            expr: 'sum by (destination_service_namespace, destination_version) (rate(istio_requests_total{reporter="source",destination_service_name="$service"}[$__rate_interval]))',
            legend: '{{destination_service_namespace}} {{destination_version}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Pods',
        description:
          'Sluice raises an environment before it gets traffic; the standby keeps what it had until `standby.keepWarm` is over.',
        unit: 'short',
        queries: [
          { expr: ofService(recorded.podsAvailable), legend: '{{environment}} ready' },
          { expr: ofService(recorded.podsWanted), legend: '{{environment}} wanted' },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Restarts within ten minutes',
        description: 'Of containers. Three of one are a crash loop, and take the release back.',
        unit: 'short',
        limit: 3,
        queries: [
          {
            expr: 'sum by (namespace, pod) (increase(kube_pod_container_status_restarts_total{namespace=~"$namespace",pod=~"$service-.*"}[10m]))',
            legend: '{{namespace}} {{pod}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Why containers wait',
        description:
          'ImagePullBackOff, CrashLoopBackOff, CreateContainerConfigError: `kubectl describe pod` says more.',
        unit: 'short',
        queries: [
          {
            expr: 'sum by (namespace, reason) (kube_pod_container_status_waiting_reason{namespace=~"$namespace",pod=~"$service-.*"})',
            legend: '{{namespace}} {{reason}}',
          },
        ],
      }),
    );
