import type { Instant } from '../../contracts/instant.ts';
import type { Seen } from './look.ts';

/** Namespace, dimension and metrics by which CloudWatch knows what was seen; the alarms name the same. */
export const watchMetrics = {
  namespace: 'Sluice',
  dimension: 'Installation',
  names: { frozen: 'FrozenServices', stuck: 'StuckOperations', unreachable: 'UnreachableServices' },
} as const;

/** What was seen, in CloudWatch's embedded metric format: a log line that becomes metrics, so that no right to write them is needed. */
export function metricsLine(seen: Seen, { installation, now }: { installation: string; now: Instant }): object {
  const { namespace, dimension, names } = watchMetrics;
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: namespace,
          Dimensions: [[dimension]],
          Metrics: Object.values(names).map((Name) => ({ Name, Unit: 'Count' })),
        },
      ],
    },
    [dimension]: installation,
    [names.frozen]: seen.frozen.length,
    [names.stuck]: seen.stuck.length,
    [names.unreachable]: seen.unreachable.length,
    seen,
  };
}
