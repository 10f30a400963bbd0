/** Requests that an ingress gateway sends to an environment and that end in the same way. */
export interface Flow {
  readonly namespace: string;
  /** How many come in every second, by the milliseconds that they take. */
  readonly perSecond: Readonly<Record<number, number>>;
  readonly code: number;
  /** Envoy's response flags. `UF` (no connection) and `UH` (no healthy pod): the request reached no pod. */
  readonly flags: '-' | 'UF' | 'UH';
  /** The workload that sent them; the gateway of production unless said. */
  readonly from?: string;
  /** What charts/gateway says of requests to previews. */
  readonly operation?: string;
  /** The end of a bucket that Istio was told to have besides. */
  readonly ownBucket?: number;
  /** How the end of a bucket is written: `2500` by Prometheus 2, `2500.0` by Prometheus 3. */
  readonly decimals?: 0 | 1;
}

/** Istio's buckets, in ms: those that Envoy has unless it is told otherwise. */
const buckets = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
/** Seconds. */
export const scrapeEvery = 15;

/**
 * What Prometheus has scraped of a mesh in the minutes around a time, and will have in the minutes after it, as OpenMetrics. Each request
 * counts at the gateway (`reporter="source"`), and once more at the sidecar of the pod that got it (`reporter="destination"`).
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/ for the labels
 * @param around in ms since 1970.
 */
export function istioSamples(service: string, flows: readonly Flow[], around: number): string {
  const reports = flows.flatMap((flow) =>
    (flow.flags === '-' ? (['source', 'destination'] as const) : (['source'] as const)).map((reporter) => ({
      flow,
      labels: labelsOf(service, flow, reporter),
    })),
  );
  const times = Array.from({ length: 40 }, (_, index) => Math.floor(around / 1_000) + (index - 20) * scrapeEvery);
  const [from = 0] = times;
  const series = (name: string, labels: Labels, perSecond: number) =>
    // As if it had been counted for an hour already.
    times.map((time) => `${name}${format(labels)} ${perSecond * (time - from + 3_600)} ${time}`);
  const duration = 'istio_request_duration_milliseconds';

  return [
    '# TYPE istio_requests counter',
    ...reports.flatMap(({ flow, labels }) =>
      series('istio_requests_total', labels, upTo(flow, Number.POSITIVE_INFINITY)),
    ),
    `# TYPE ${duration} histogram`,
    ...reports.flatMap(({ flow, labels }) => [
      ...[
        ...[...buckets, ...(flow.ownBucket === undefined ? [] : [flow.ownBucket])].map((end) => ({
          end,
          le: end.toFixed(end < 1 ? 1 : (flow.decimals ?? 0)),
        })),
        infinity,
      ].flatMap(({ end, le }) => series(`${duration}_bucket`, { ...labels, le }, upTo(flow, end))),
      ...series(`${duration}_count`, labels, upTo(flow, Number.POSITIVE_INFINITY)),
    ]),
    '# EOF\n',
  ].join('\n');
}

/** The same mesh in the notation of `promtool test rules`: how each series grows from one scrape to the next. */
export function istioSeries(
  service: string,
  flows: readonly Flow[],
  { scrapes, ownBucket }: { readonly scrapes: number; readonly ownBucket?: number },
): { readonly series: string; readonly values: string }[] {
  const duration = 'istio_request_duration_milliseconds';
  const ends = [...buckets, ...(ownBucket === undefined ? [] : [ownBucket])];
  return flows.flatMap((flow) =>
    (flow.flags === '-' ? (['source', 'destination'] as const) : (['source'] as const)).flatMap((reporter) => {
      const labels = labelsOf(service, flow, reporter);
      const grows = (name: string, perSecond: number, more: Labels = {}) => ({
        series: `${name}${format({ ...labels, ...more })}`,
        values: `0+${perSecond * scrapeEvery}x${scrapes}`,
      });
      const all = upTo(flow, Number.POSITIVE_INFINITY);
      const spent = Object.entries(flow.perSecond).reduce((sum, [took, count]) => sum + Number(took) * count, 0);
      return [
        grows('istio_requests_total', all),
        grows(`${duration}_count`, all),
        grows(`${duration}_sum`, spent),
        grows(`${duration}_bucket`, all, { le: '+Inf' }),
        ...ends.map((end) =>
          grows(`${duration}_bucket`, upTo(flow, end), { le: end.toFixed(end < 1 ? 1 : (flow.decimals ?? 0)) }),
        ),
      ];
    }),
  );
}

/** How many requests a second take at most so many milliseconds. */
const upTo = ({ perSecond }: Flow, milliseconds: number): number =>
  Object.entries(perSecond).reduce((sum, [took, count]) => (Number(took) <= milliseconds ? sum + count : sum), 0);

const infinity = { end: Number.POSITIVE_INFINITY, le: '+Inf' };

type Labels = Readonly<Record<string, string>>;

const format = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

function labelsOf(
  service: string,
  { namespace, code, flags, from = 'istio-ingressgateway', operation }: Flow,
  reporter: 'source' | 'destination',
): Labels {
  // Of a request that reached no pod the gateway knows only for what Service it was.
  const workload = flags === '-' ? service : 'unknown';
  return {
    reporter,
    source_workload: from,
    source_canonical_service: 'istio-ingressgateway',
    source_canonical_revision: 'latest',
    source_workload_namespace: 'istio-system',
    source_principal: 'spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account',
    source_app: 'istio-ingressgateway',
    source_version: 'unknown',
    source_cluster: 'Kubernetes',
    destination_workload: workload,
    destination_workload_namespace: flags === '-' ? namespace : 'unknown',
    destination_principal: flags === '-' ? `spiffe://cluster.local/ns/${namespace}/sa/${service}` : 'unknown',
    destination_app: workload,
    destination_version: flags === '-' ? 'v2.1.0' : 'unknown',
    destination_service: `${service}.${namespace}.svc.cluster.local`,
    destination_service_name: service,
    destination_service_namespace: namespace,
    destination_canonical_service: workload,
    destination_canonical_revision: flags === '-' ? 'v2.1.0' : 'latest',
    destination_cluster: flags === '-' ? 'Kubernetes' : 'unknown',
    request_protocol: 'http',
    ...(operation === undefined ? {} : { request_operation: operation }),
    response_code: String(code),
    grpc_response_status: '',
    response_flags: flags,
    connection_security_policy: reporter === 'destination' ? 'mutual_tls' : 'unknown',
    // Prometheus' own, from its Kubernetes discovery.
    job: 'envoy-stats',
    namespace: reporter === 'source' ? 'istio-system' : namespace,
    pod: reporter === 'source' ? 'istio-ingressgateway-7c5cdbd4f6-x9f2k' : `${service}-6d5f8c7b9d-2kqzv`,
  };
}
