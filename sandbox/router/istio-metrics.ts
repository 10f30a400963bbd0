import { Counter, Histogram, Registry } from 'prom-client';

/** Who sent a request: production traffic, a check of Sluice's, or somebody at a preview address. */
export type RequestSource = 'istio-ingressgateway' | 'sluice-probe' | 'preview-gateway';

/** One answered request, in Istio's words. */
export interface IstioObservation {
  source: RequestSource;
  service: string;
  namespace: string;
  environment: string;
  version: string;
  code: number;
  /** Envoy's response flags: `UH` no healthy upstream, `UF` connection failure, `-` none. */
  flags: string;
  milliseconds: number;
}

const labelNames = [
  'reporter',
  'source_workload',
  'destination_service',
  'destination_service_name',
  'destination_service_namespace',
  'destination_version',
  'destination_environment',
  'request_protocol',
  'response_code',
  'response_flags',
] as const;

/** Istio's standard metrics, as Prometheus scrapes them from a gateway. */
export function createIstioMetrics() {
  const registry = new Registry();
  const requests = new Counter({
    name: 'istio_requests_total',
    help: 'Requests that the gateway answered.',
    labelNames: [...labelNames],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'istio_request_duration_milliseconds',
    help: 'Milliseconds until the last byte of the answer.',
    labelNames: [...labelNames],
    buckets: [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
    registers: [registry],
  });
  return {
    registry,
    observe(seen: IstioObservation): void {
      const labels = {
        reporter: 'source',
        source_workload: seen.source,
        destination_service: `${seen.service}.${seen.namespace}.svc.cluster.local`,
        destination_service_name: seen.service,
        destination_service_namespace: seen.namespace,
        destination_version: seen.version === '' ? 'unknown' : seen.version,
        destination_environment: seen.environment,
        request_protocol: 'http',
        response_code: seen.code,
        response_flags: seen.flags,
      };
      requests.inc(labels);
      duration.observe(labels, seen.milliseconds);
    },
  };
}
