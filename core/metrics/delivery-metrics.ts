import type { DeliveryMetrics, Spread } from '../../contracts/api/metrics.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { OperationState, Outcome } from '../../contracts/operation.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';

/** The fields of an operation that metrics are made from. */
export type CountedOperation = Pick<
  OperationRecord,
  | 'id'
  | 'kind'
  | 'service'
  | 'trigger'
  | 'startedAt'
  | 'endedAt'
  | 'outcome'
  | 'shiftedAt'
  | 'weights'
  | 'related'
  | 'committedAt'
  | 'phases'
>;

const day = 24 * 3_600_000;

/**
 * DORA's metrics and those of the deployments themselves, from the records of the operations that began from `from` on and before `to`
 * (DESIGN §5). What came earlier may be among `operations`, so that a return of an older deployment finds it; only what began in that
 * time is counted.
 *
 * - Deployment frequency and success rate count deployments.
 * - Lead time is from the commit of the release to the end of the deployment that brought it in, all of the traffic included.
 * - A change failed if its deployment gave it traffic and that had to be returned or the service froze, then or later. What a person aborted or
 *   planned to take back is no failure, and what failed before it had traffic is none either: nobody noticed it.
 * - Time to restore is from the start of a return that was nobody's plan until the traffic was back.
 */
export function deliveryMetrics(
  operations: readonly CountedOperation[],
  { from, to }: { readonly from: Instant; readonly to: Instant },
): DeliveryMetrics {
  const days = Math.max((to - from) / day, 1 / 24);
  const began = operations.filter(({ startedAt }) => isWithin(parseInstant(startedAt), from, to));
  const deployments = began.filter(({ kind }) => kind === 'deployment');
  const ended = deployments.filter(({ outcome }) => outcome !== null);
  const succeeded = ended.filter(({ outcome }) => outcome === 'succeeded');
  const withTraffic = ended.filter(({ shiftedAt }) => shiftedAt !== null);
  const failed = failedChanges(operations);
  const returns = began.filter(isReturn);
  const by = countBy(returns.map(causeOf));
  const unplanned = returns.filter((one) => causeOf(one) !== 'planned');
  return {
    deployments: {
      began: deployments.length,
      open: deployments.length - ended.length,
      outcomes: countBy(ended.flatMap(({ outcome }) => (outcome === null ? [] : [outcome]))),
    },
    deploymentFrequency: succeeded.length / days,
    leadTime: spreadOf(succeeded.flatMap(({ committedAt, endedAt }) => lengthBetween(committedAt, endedAt))),
    changeFailureRate: shareOf(withTraffic.filter(({ id }) => failed.has(id)).length, withTraffic.length),
    timeToRestore: spreadOf(
      unplanned.flatMap(({ startedAt, endedAt, phases }) => lengthBetween(startedAt, backAt(phases) ?? endedAt)),
    ),
    successRate: shareOf(succeeded.length, ended.length),
    rollbackFrequency: returns.length / days,
    rollbacks: { automatic: by.automatic ?? 0, emergency: by.emergency ?? 0, planned: by.planned ?? 0 },
    phases: phaseSpreads(deployments),
  };
}

const isWithin = (at: Instant, from: Instant, to: Instant): boolean => at >= from && at < to;

/** A rollback that moved the traffic. */
export const isReturn = ({ kind, weights }: CountedOperation): boolean => kind === 'rollback' && weights !== null;

/** Who wanted a return: Sluice by itself, a person in an emergency, or a person who had planned it, aborted something or set a split's end. */
export function causeOf({ trigger }: Pick<CountedOperation, 'trigger'>): 'automatic' | 'emergency' | 'planned' {
  switch (trigger.kind) {
    case 'person':
      return trigger.wants === 'rollback' && trigger.emergency ? 'emergency' : 'planned';
    case 'abort':
      return 'planned';
    case 'failure':
      return trigger.cause === 'expired' ? 'planned' : 'automatic';
    default:
      return 'automatic';
  }
}

/** With which a release that had traffic has failed. */
export const failingOutcomes: readonly Outcome[] = ['rolled-back', 'failed', 'frozen'];

/** Deployments whose release had to be taken back: by its own failure, or by a later return that was nobody's plan. */
function failedChanges(operations: readonly CountedOperation[]): ReadonlySet<string> {
  const deployments = operations
    .filter(({ kind, shiftedAt }) => kind === 'deployment' && shiftedAt !== null)
    .toSorted((a, b) => a.id.localeCompare(b.id, 'en'));
  const own = deployments.filter(({ outcome }) => outcome !== null && failingOutcomes.includes(outcome));
  const taken = operations
    .filter((one) => isReturn(one) && causeOf(one) !== 'planned')
    .map(({ service, related, startedAt }) =>
      related === null
        ? // A return of what serves names no operation where that one had ended: it is of the newest that had succeeded.
          deployments.findLast(
            (one) => one.service === service && one.outcome === 'succeeded' && (one.endedAt ?? '') <= startedAt,
          )
        : deployments.find(({ id }) => id === related),
    );
  return new Set([...own, ...taken].flatMap((one) => (one === undefined ? [] : [one.id])));
}

/** When the traffic of a return was back: it is verified from then on. */
export const backAt = (phases: CountedOperation['phases']): string | null =>
  phases.find(({ state }) => state === 'verifying-return')?.at ?? null;

/** How long deployments were in each state, each deployment's stays in one state taken together. Only stays that have ended count. */
function phaseSpreads(deployments: readonly CountedOperation[]): DeliveryMetrics['phases'] {
  const stays = new Map<OperationState, number[]>();
  for (const { phases, endedAt } of deployments) {
    const own = new Map<OperationState, number>();
    for (const [index, { state, at }] of phases.entries()) {
      const [length] = lengthBetween(at, phases[index + 1]?.at ?? endedAt);
      if (length !== undefined) own.set(state, (own.get(state) ?? 0) + length);
    }
    for (const [state, length] of own) stays.set(state, [...(stays.get(state) ?? []), length]);
  }
  return Object.fromEntries([...stays].map(([state, lengths]) => [state, spreadOf(lengths)]));
}

export const lengthBetween = (from: string | null, to: string | null): [] | [number] =>
  from === null || to === null ? [] : [Math.max(0, parseInstant(to) - parseInstant(from))];

/** Median and 90th percentile, the nearest rank of both: a length that really was. Null of nothing. */
export function spreadOf(lengths: readonly number[]): Spread | null {
  const sorted = lengths.toSorted((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  const [median, p90] = [rank(0.5), rank(0.9)];
  return median === undefined || p90 === undefined ? null : { count: sorted.length, median, p90 };
}

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

function countBy<Key extends string>(keys: readonly Key[]): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
}
