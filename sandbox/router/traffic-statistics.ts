/** One answered request. */
export interface Observation {
  service: string;
  environment: string;
  status: number;
  milliseconds: number;
}

/** What was seen between two moments. */
export interface TrafficSummary {
  requests: number;
  /** Answers of 500 and above. */
  errors: number;
  /** Ratio, 0 to 1; 0 when there was no request. */
  errorRate: number;
  /** Seconds; null when there was no request. */
  latencyP50: number | null;
  /** The same of 90, 95 and 99 of a hundred requests. */
  latencyP90: number | null;
  latencyP95: number | null;
  latencyP99: number | null;
  from: string;
  to: string;
}

/** Requests ever, by service and environment. */
export type TrafficTotals = Record<string, Record<string, number>>;

export interface TrafficStatistics {
  record(observation: Observation): void;
  /** What one environment answered from `from` on, until now or before `end`; at most `retentionMs` back. */
  summary(service: string, environment: string, from: number, end?: number): TrafficSummary;
  totals(): TrafficTotals;
}

interface Bucket {
  start: number;
  requests: number;
  errors: number;
  /** Requests by step of latency. */
  latencies: Map<number, number>;
}

/** Milliseconds in one bucket: how finely a window is cut. */
const bucketMs = 250;

/** How far back a summary can look, ms. */
export const retentionMs = 30 * 60 * 1000;

// Latency is kept in steps of 5 %, from 0.05 ms on: a percentile is right within 2.5 %.
const smallest = 0.05;
const growth = 1.05;
const stepOf = (milliseconds: number): number =>
  milliseconds <= smallest ? 0 : Math.ceil(Math.log(milliseconds / smallest) / Math.log(growth));
const secondsOf = (step: number): number => (smallest * growth ** (step - 0.5)) / 1000;

/** Counts production traffic in buckets of real time. Probes and previews are the caller's to leave out. */
export function createTrafficStatistics(clock: () => number = Date.now): TrafficStatistics {
  const series = new Map<string, Bucket[]>();
  const totals: TrafficTotals = {};
  return {
    totals: () => structuredClone(totals),
    record({ service, environment, status, milliseconds }) {
      const ofService = totals[service] ?? {};
      totals[service] = { ...ofService, [environment]: (ofService[environment] ?? 0) + 1 };
      const name = `${service}/${environment}`;
      const buckets = series.get(name) ?? [];
      series.set(name, buckets);
      const start = Math.floor(clock() / bucketMs) * bucketMs;
      let bucket = buckets.at(-1);
      if (bucket === undefined || bucket.start !== start) {
        bucket = { start, requests: 0, errors: 0, latencies: new Map() };
        buckets.push(bucket);
        const stale = buckets.findIndex((candidate) => candidate.start >= start - retentionMs);
        if (stale > 0) buckets.splice(0, stale);
      }
      bucket.requests += 1;
      if (status >= 500) bucket.errors += 1;
      const step = stepOf(milliseconds);
      bucket.latencies.set(step, (bucket.latencies.get(step) ?? 0) + 1);
    },
    summary(service, environment, from, end = Number.POSITIVE_INFINITY) {
      const to = Math.min(end, clock());
      const since = Math.max(from, clock() - retentionMs);
      const latencies = new Map<number, number>();
      let requests = 0;
      let errors = 0;
      for (const bucket of series.get(`${service}/${environment}`) ?? []) {
        // A bucket that began before `from` is left out: what came earlier must not count.
        if (bucket.start < since || bucket.start >= end) continue;
        requests += bucket.requests;
        errors += bucket.errors;
        for (const [step, count] of bucket.latencies) latencies.set(step, (latencies.get(step) ?? 0) + count);
      }
      return {
        requests,
        errors,
        errorRate: requests === 0 ? 0 : errors / requests,
        latencyP50: percentile(latencies, requests, 0.5),
        latencyP90: percentile(latencies, requests, 0.9),
        latencyP95: percentile(latencies, requests, 0.95),
        latencyP99: percentile(latencies, requests, 0.99),
        from: new Date(since).toISOString(),
        to: new Date(to).toISOString(),
      };
    },
  };
}

function percentile(latencies: ReadonlyMap<number, number>, requests: number, share: number): number | null {
  let left = Math.ceil(requests * share);
  for (const [step, count] of [...latencies].sort(([a], [b]) => a - b)) {
    left -= count;
    if (left <= 0) return secondsOf(step);
  }
  return null;
}
