import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { recorded } from '../../core/monitoring/series.ts';
import { dashboardOf, graph, ofService } from './panels.ts';

const sent = 'reporter="source",destination_service_name="$service"';
const mean = (metric: string) =>
  `sum by (destination_service_namespace) (rate(${metric}_sum{${sent}}[$__rate_interval])) / sum by (destination_service_namespace) (rate(${metric}_count{${sent}}[$__rate_interval]))`;

/** What users get: errors and latency of both environments, by the same counts that alerts and objectives read. */
export const applicationPerformanceMetrics = (): DashboardBuilder =>
  dashboardOf({
    title: 'Application Performance Metrics',
    uid: 'sluice-performance',
    description: 'Errors and latency of both environments, as the gateway counts them.',
  })
    .withPanel(
      graph({
        title: 'Requests',
        description: 'As the gateway sends them, so that each counts once.',
        unit: 'reqps',
        queries: [{ expr: ofService(recorded.requests), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Errors',
        description: 'Status 5xx, or no pod was reached. docs/runbooks/high-error-rate.md',
        unit: 'percentunit',
        limit: 0.01,
        queries: [{ expr: ofService(recorded.errorRatio), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Answers by status and flag',
        description: 'The flags UH and UF: no pod was reached. DC: the client went away.',
        unit: 'reqps',
        queries: [
          {
            expr: `sum by (destination_service_namespace, response_code, response_flags) (rate(istio_requests_total{${sent}}[$__rate_interval]))`,
            legend: '{{destination_service_namespace}} {{response_code}} {{response_flags}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Latency',
        description: 'Percentiles lie between two of Istio’s buckets: an estimate. The mean is exact.',
        unit: 's',
        limit: 2,
        queries: [
          { expr: ofService(recorded.latencyMean), legend: '{{environment}} mean' },
          { expr: ofService(recorded.latencyP50), legend: '{{environment}} p50' },
          { expr: ofService(recorded.latencyP95), legend: '{{environment}} p95' },
          { expr: ofService(recorded.latencyP99), legend: '{{environment}} p99' },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Slow answers',
        description: 'The share that took longer than the limit. docs/runbooks/slow-answers.md',
        unit: 'percentunit',
        limit: 0.05,
        queries: [{ expr: ofService(recorded.slowRatio), legend: '{{environment}}' }],
      }),
    )
    .withPanel(
      graph({
        title: 'Size of requests and answers',
        description: 'On average. Larger ones explain slower answers.',
        unit: 'bytes',
        queries: [
          { expr: mean('istio_request_bytes'), legend: '{{destination_service_namespace}} requests' },
          { expr: mean('istio_response_bytes'), legend: '{{destination_service_namespace}} answers' },
        ],
      }),
    );
