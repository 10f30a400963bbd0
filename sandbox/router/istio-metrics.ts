import { Counter, Histogram, Registry } from 'prom-client';
import { istioBuckets, previewOperation } from '../../contracts/configuration/istio-queries.ts';

/** Who sent a request: production traffic, a check of Sluice's, or somebody at a preview address. */
export type RequestSource = 'istio-ingressgateway' | 'sluice-probe' | 'preview-gateway';

/** One answered request, in Istio's words. */
export interface IstioObservation {
  source: RequestSource;
  service: string;
  namespace: string;
  version: string;
  code: number;
  /** Envoy's response flags: `UH` no healthy upstream, `UF` connection failure, `-` none. */
  flags: string;
  milliseconds: number;
}

/** @see https://istio.io/latest/docs/reference/config/metrics/ */
const labelNames = [
  'reporter',
  'source_workload',
  'source_workload_namespace',
  'source_principal',
  'source_app',
  'source_version',
  'source_cluster',
  'source_canonical_service',
  'source_canonical_revision',
  'destination_workload',
  'destination_workload_namespace',
  'destination_principal',
  'destination_app',
  'destination_version',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'destination_cluster',
  'destination_canonical_service',
  'destination_canonical_revision',
  'request_protocol',
  'request_operation',
  'response_code',
  'response_flags',
  'grpc_response_status',
  'connection_security_policy',
] as const;

/**
 * Istio's standard metrics, as Prometheus scrapes them from a gateway and from the sidecars of pods: a request that reached a pod counts at both
 * (`reporter`), one that did not (`UF`, `UH`) at the gateway alone, which knows no workload for it.
 */
export function createIstioMetrics() {
  const registry = new Registry();
  const requests = new Counter({
    name: 'istio_requests_total',
    help: 'Requests that were answered.',
    labelNames: [...labelNames],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'istio_request_duration_milliseconds',
    help: 'Milliseconds until the last byte of the answer.',
    labelNames: [...labelNames],
    buckets: [...istioBuckets],
    registers: [registry],
  });
  return {
    registry,
    observe(seen: IstioObservation): void {
      const reached = seen.version !== '';
      for (const reporter of reached ? (['source', 'destination'] as const) : (['source'] as const)) {
        const labels = labelsOf(seen, reporter);
        requests.inc(labels);
        duration.observe(labels, seen.milliseconds);
      }
    },
  };
}

function labelsOf(
  { source, service, namespace, version, code, flags }: IstioObservation,
  reporter: 'source' | 'destination',
) {
  const reached = version !== '';
  const workload = reached ? service : 'unknown';
  return {
    reporter,
    source_workload: source,
    source_workload_namespace: 'istio-system',
    source_principal: `spiffe://cluster.local/ns/istio-system/sa/${source}-service-account`,
    source_app: source,
    source_version: 'unknown',
    source_cluster: 'Kubernetes',
    source_canonical_service: source,
    source_canonical_revision: 'latest',
    destination_workload: workload,
    destination_workload_namespace: reached ? namespace : 'unknown',
    destination_principal: reached ? `spiffe://cluster.local/ns/${namespace}/sa/${service}` : 'unknown',
    destination_app: workload,
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: namespace,
    destination_version: reached ? version : 'unknown',
    destination_cluster: reached ? 'Kubernetes' : 'unknown',
    destination_canonical_service: workload,
    destination_canonical_revision: reached ? version : 'latest',
    request_protocol: 'http',
    // As the Telemetry of charts/gateway says it.
    ...(source === 'istio-ingressgateway' ? {} : { request_operation: previewOperation }),
    response_code: code,
    response_flags: flags,
    grpc_response_status: '',
    connection_security_policy: reporter === 'destination' ? 'mutual_tls' : 'unknown',
  };
}
