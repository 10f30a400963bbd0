import type { Instant } from '../../contracts/instant.ts';
import type { Outcome } from '../../contracts/operation.ts';
import {
  backAt,
  type CountedOperation,
  causeOf,
  failingOutcomes,
  isReturn,
  lengthBetween,
} from './delivery-metrics.ts';

/** Namespace and dimensions by which CloudWatch knows them, for each service and for the installation. */
export const outcomeDimensions = { namespace: 'Sluice', installation: 'Installation', service: 'Service' } as const;

/** What is counted when an operation ends, with its unit in CloudWatch. */
export const outcomeMetrics = {
  /** Deployments that have ended, whatever their outcome. */
  EndedDeployments: 'Count',
  /** Their sum over a time is the deployment frequency. */
  SucceededDeployments: 'Count',
  /** Deployments that gave their release traffic. */
  Changes: 'Count',
  /** Of which so many failed, then or later, when that is known: `SUM(FailedChanges) / SUM(Changes)` is the change failure rate. */
  FailedChanges: 'Count',
  /** From the release's commit to the end of its deployment. */
  LeadTime: 'Milliseconds',
  /** Returns that moved the traffic. */
  Returns: 'Count',
  /** From the start of a return that nobody had planned until the traffic was back. */
  TimeToRestore: 'Milliseconds',
} as const;

export type OutcomeMetric = keyof typeof outcomeMetrics;

/**
 * The metrics of one operation that has ended, by the definitions of `deliveryMetrics`; null of one that counts for none of them.
 *
 * @param returned how the deployment has ended that a return names; null where it names none, which is then the newest that succeeded.
 */
export function metricsOfOutcome(
  operation: CountedOperation,
  returned: Outcome | null,
): Partial<Record<OutcomeMetric, number>> | null {
  const { kind, outcome, shiftedAt, committedAt, endedAt, startedAt, phases, related } = operation;
  if (outcome === null) return null;
  if (kind === 'deployment') {
    const isChange = shiftedAt !== null;
    const [leadTime] = outcome === 'succeeded' ? lengthBetween(committedAt, endedAt) : [];
    return {
      EndedDeployments: 1,
      SucceededDeployments: outcome === 'succeeded' ? 1 : 0,
      Changes: isChange ? 1 : 0,
      FailedChanges: isChange && failingOutcomes.includes(outcome) ? 1 : 0,
      ...(leadTime === undefined ? {} : { LeadTime: leadTime }),
    };
  }
  if (!isReturn(operation)) return null;
  if (causeOf(operation) === 'planned') return { Returns: 1 };
  const [restored] = lengthBetween(startedAt, backAt(phases) ?? endedAt);
  return {
    Returns: 1,
    // One that had not succeeded counts as failed by its own outcome.
    FailedChanges: related === null || returned === 'succeeded' ? 1 : 0,
    ...(restored === undefined ? {} : { TimeToRestore: restored }),
  };
}

/**
 * The same in CloudWatch's embedded metric format: a log line that becomes metrics, so that no right to write them is needed.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function outcomeLine(
  metrics: Partial<Record<OutcomeMetric, number>>,
  { installation, service, operation, now }: { installation: string; service: string; operation: string; now: Instant },
): object {
  const names = (Object.keys(outcomeMetrics) as OutcomeMetric[]).filter((name) => metrics[name] !== undefined); // The keys that are written above.
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: outcomeDimensions.namespace,
          Dimensions: [[outcomeDimensions.installation, outcomeDimensions.service], [outcomeDimensions.installation]],
          Metrics: names.map((Name) => ({ Name, Unit: outcomeMetrics[Name] })),
        },
      ],
    },
    [outcomeDimensions.installation]: installation,
    [outcomeDimensions.service]: service,
    operation,
    ...metrics,
  };
}
