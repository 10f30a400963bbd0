/** What the recording rules make of a mesh and a cluster, by `service` and `environment`: alerts and dashboards read these and nothing else. */
export const recorded = {
  /** Requests a second. */
  requests: 'sluice:requests:rate',
  /** Share of requests that failed (5xx, or no pod was reached), 0 to 1; no series without requests. */
  errorRatio: 'sluice:error_ratio:rate',
  /** Share of requests that took longer than the limit, 0 to 1; see `slowAbove`. */
  slowRatio: 'sluice:slow_ratio:rate',
  /** Seconds, on average. */
  latencyMean: 'sluice:latency_seconds:mean',
  /** Seconds, as far as Istio's buckets tell. */
  latencyP50: 'sluice:latency_seconds:p50',
  latencyP95: 'sluice:latency_seconds:p95',
  latencyP99: 'sluice:latency_seconds:p99',
  /** Pods that the Service sends requests to. */
  podsAvailable: 'sluice:pods_available',
  /** Pods that the Deployment is to have. */
  podsWanted: 'sluice:pods_wanted',
  /** 1 while a rollout is beyond its deadline or Argo CD calls the Application degraded. */
  rolloutFailed: 'sluice:rollout_failed',
} as const;

/** What Sluice itself says at `/metrics`. */
export const ownSeries = {
  /** Gauge by `service`: 1 while it is frozen. */
  frozen: 'sluice_service_frozen',
  /** Gauge by `service`: operations that are beyond their deadline and have not ended. */
  overdue: 'sluice_operations_overdue',
  /** Gauge by `service` and `outcome`: deployments that began in the last 30 days; `open` always has a sample, other outcomes once they occurred. */
  deployments: 'sluice_deployments',
  /** Gauge by `service` and `cause`: returns that moved traffic in the last 30 days. */
  rollbacks: 'sluice_rollbacks',
} as const;
