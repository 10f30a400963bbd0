import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboardOf, graph, namespaceVariable } from './panels.ts';

const pods = 'namespace=~"$namespace",pod=~"$service-.*"';
const containers = `${pods},container!=""`;
const by = (expr: string) => `sum by (namespace) (${expr})`;
const rate = (metric: string, labels: string) => by(`rate(${metric}{${labels}}[$__rate_interval])`);
const autoscaler = 'namespace=~"$namespace",horizontalpodautoscaler="$service"';

/** What both environments use of what they asked for, and what the autoscaler makes of it. */
export const infrastructureResourceUsage = (): DashboardBuilder =>
  dashboardOf({
    title: 'Infrastructure Resource Usage',
    uid: 'sluice-resources',
    description: 'Processors, memory, network and replicas of both environments (cAdvisor, kube-state-metrics).',
  })
    .withVariable(namespaceVariable())
    .withPanel(
      graph({
        title: 'Processors',
        description: 'In cores: what is used, what was asked for, and where it ends.',
        unit: 'short',
        queries: [
          { expr: rate('container_cpu_usage_seconds_total', containers), legend: '{{namespace}} used' },
          {
            expr: by(`kube_pod_container_resource_requests{${containers},resource="cpu"}`),
            legend: '{{namespace}} requested',
          },
          {
            expr: by(`kube_pod_container_resource_limits{${containers},resource="cpu"}`),
            legend: '{{namespace}} limit',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Throttled',
        description:
          'The share of time slices in which containers were held back at their limit: latency that no code explains.',
        unit: 'percentunit',
        limit: 0.25,
        queries: [
          {
            expr: `${rate('container_cpu_cfs_throttled_periods_total', containers)} / ${rate('container_cpu_cfs_periods_total', containers)}`,
            legend: '{{namespace}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Memory',
        description: 'A container that reaches its limit is killed.',
        unit: 'bytes',
        queries: [
          { expr: by(`container_memory_working_set_bytes{${containers}}`), legend: '{{namespace}} used' },
          {
            expr: by(`kube_pod_container_resource_requests{${containers},resource="memory"}`),
            legend: '{{namespace}} requested',
          },
          {
            expr: by(`kube_pod_container_resource_limits{${containers},resource="memory"}`),
            legend: '{{namespace}} limit',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Containers killed for memory',
        description: 'Whose last end was OOMKilled.',
        unit: 'short',
        limit: 1,
        queries: [
          {
            expr: by(`kube_pod_container_status_last_terminated_reason{${pods},reason="OOMKilled"}`),
            legend: '{{namespace}}',
          },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Replicas by the autoscaler',
        description: 'Sluice sets the minimum. At the maximum the service cannot follow its load.',
        unit: 'short',
        queries: [
          {
            expr: `kube_horizontalpodautoscaler_status_current_replicas{${autoscaler}}`,
            legend: '{{namespace}} current',
          },
          { expr: `kube_horizontalpodautoscaler_spec_min_replicas{${autoscaler}}`, legend: '{{namespace}} minimum' },
          { expr: `kube_horizontalpodautoscaler_spec_max_replicas{${autoscaler}}`, legend: '{{namespace}} maximum' },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Pods by phase',
        description: 'Pending for long: no node has room.',
        unit: 'short',
        queries: [
          { expr: `sum by (namespace, phase) (kube_pod_status_phase{${pods}})`, legend: '{{namespace}} {{phase}}' },
        ],
      }),
    )
    .withPanel(
      graph({
        title: 'Network',
        description: 'Of the pods, sidecars included.',
        unit: 'Bps',
        queries: [
          { expr: rate('container_network_receive_bytes_total', pods), legend: '{{namespace}} received' },
          { expr: rate('container_network_transmit_bytes_total', pods), legend: '{{namespace}} sent' },
        ],
      }),
    );
