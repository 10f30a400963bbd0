import type { Milliseconds } from '../duration.ts';

/** Which requests of Istio's metrics count, and how far back. Placeholders of queries may stand in each of them. */
export interface IstioTraffic {
  /** The Service that they are for. */
  readonly service: string;
  readonly namespace: string;
  /** The workload of the gateway that sends them; null: whoever sends them. */
  readonly gateway: string | null;
  /** A duration of PromQL, `1m`. */
  readonly window: string;
}

/** The value of `request_operation` by which charts/gateway marks requests to previews, Sluice's own probes among them. */
export const previewOperation = 'sluice-preview';

/** Ends of Istio's buckets in ms: those that Envoy has unless it is told otherwise. */
export const istioBuckets = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

/** What no bucket of Istio ends above, in ms. */
export const longestBucket = 3_600_000;

const requestCount = 'istio_requests_total';
const took = 'istio_request_duration_milliseconds';
const failed = 'response_code=~"5.."';

/**
 * PromQL over Istio's standard metrics, each query with one number as its answer. Requests are counted by whoever sends them (`source`), the gateway: there
 * each counts once, and one that reached no pod (`UF`, `UH`) counts too, of which Istio knows only for what Service in what namespace it was meant.
 *
 * - Rates are of the whole window.
 * - `counted` are whole counts of the window, which the comparison of two sides needs: `increase` extrapolates, which makes more evidence of few answers than there is.
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/ for the labels
 */
export function istioQueries({ service, namespace, gateway, window }: IstioTraffic) {
  const sent = [
    'reporter="source"',
    ...(gateway === null ? [] : [`source_workload="${gateway}"`]),
    `request_operation!="${previewOperation}"`,
    `destination_service_name="${service}"`,
    `destination_service_namespace="${namespace}"`,
  ].join(',');
  const rate = (series: string, more = '') => `sum(rate(${series}{${sent}${more}}[${window}]))`;
  // Before its first sample a counter is 0.
  const count = (series: string, more = '') => {
    const counter = `${series}{${sent}${more}}`;
    return `sum(clamp_min(${counter} - (${counter} offset ${window} or ${counter} * 0), 0))`;
  };
  /** Of answers that took at most so long, by the first bucket that there is. */
  const within = (latency: Milliseconds, of: typeof rate) =>
    slowAbove(latency)
      // Prometheus 3 writes 2500.0 where Prometheus 2 wrote 2500.
      .map((end) => of(`${took}_bucket`, `,le=~"${String(end).replace('.', '[.]')}([.]0)?"`))
      .join(' or ');

  const requests = rate(requestCount);
  const quantile = (share: number) =>
    `histogram_quantile(${share}, sum by (le) (rate(${took}_bucket{${sent}}[${window}]))) / 1000`;
  const slowShare = (latency: Milliseconds) => `1 - (${within(latency, rate)}) / (${rate(`${took}_count`)} > 0)`;
  return {
    /** A second. */
    requests,
    /** 0 to 1; no answer without requests. Prometheus has no series of 5xx answers before the first of them. */
    errorRatio: `(${rate(requestCount, `,${failed}`)} or vector(0)) / (${requests} > 0)`,
    /** The share of answers that took longer, 0 to 1. */
    slowShare,
    /** Seconds. */
    latencyMean: `${rate(`${took}_sum`)} / (${rate(`${took}_count`)} > 0) / 1000`,
    /** Seconds, guessed between the ends of two buckets. */
    quantile,
    /**
     * The same, and never above `latency` unless the buckets prove it: Istio has none between 1 s and 2.5 s, so that answers in 1.2 s would be guessed
     * to take 2.4 s. Where there is no such bucket, the guess is all there is.
     */
    quantileBeside: (share: number, latency: Milliseconds) =>
      `(clamp_max(${quantile(share)}, ${latency / 1_000}) and ${slowShare(latency)} <= ${rest(share)}) or ${quantile(share)}`,
    /** How many requests there were, as Prometheus extrapolates them. */
    answers: `sum(increase(${requestCount}{${sent}}[${window}]))`,
    failures: `sum(increase(${requestCount}{${sent},${failed}}[${window}])) or vector(0)`,
    counted: {
      requests: count(requestCount),
      failures: `${count(requestCount, `,${failed}`)} or vector(0)`,
      answers: count(`${took}_count`),
      slow: (latency: Milliseconds) => `${count(`${took}_count`)} - (${within(latency, count)})`,
    },
  };
}

/** What is beyond a quantile: 0.05 for 0.95. */
export const rest = (share: number): number => Number((1 - share).toFixed(6));

/** The bucket ends, in ms, at which slow answers are counted: the limit itself where a mesh has a bucket for it, else the next one above. */
export function slowAbove(latency: Milliseconds): readonly number[] {
  const next = istioBuckets.find((end) => end >= latency);
  return next === undefined || next === latency ? [latency] : [latency, next];
}
