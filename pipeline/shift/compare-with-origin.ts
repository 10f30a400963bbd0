import type { Objective } from '../../contracts/configuration/objectives.ts';
import { measuredAt, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { between, formatInstant, type Instant } from '../../contracts/instant.ts';
import type { CheckResult } from '../../contracts/records/operation.ts';
import { type Comparison, type Counts, compareCounts, falseReturnOf } from '../../core/judgement/compare-counts.ts';
import { comparisonWords } from '../../core/judgement/comparison-words.ts';
import { missing } from '../../core/judgement/reading.ts';
import type { ObserveDeps } from '../ports.ts';
import { type MeasuredSide, queryValues } from './objectives.ts';

/** What is compared: the target, the origin while it has traffic, and since when both have the weights that they have. */
export interface ComparedStep {
  readonly target: MeasuredSide;
  readonly origin: MeasuredSide | null;
  readonly since: Instant;
  readonly isFirst: boolean;
}

export interface Compared {
  /** Null where the counts cannot be read, which leads to nothing unless a step has to be certain. */
  readonly comparison: Comparison | null;
  /** Whether a step passes only once it is `good`. */
  readonly mustBeGood: boolean;
  readonly check: CheckResult;
}

type Compare = NonNullable<Objective['compare']>;

/** One look at every objective that is compared, over the counts since the step began: nothing else has to be remembered from look to look. */
export async function compareWithOrigin(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  step: ComparedStep,
): Promise<readonly Compared[]> {
  const compared = service.objectives.list.flatMap(({ name, compare, source }) =>
    compare === null ? [] : [{ name, compare, source }],
  );
  const falseReturn = falseReturnOf({
    isFirst: step.isFirst,
    steps: service.traffic.steps.length,
    objectives: compared.length,
  });
  return Promise.all(compared.map((objective) => compareOne(deps, service, step, { ...objective, falseReturn })));
}

async function compareOne(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  { target, origin, since }: ComparedStep,
  {
    name,
    compare,
    source,
    falseReturn,
  }: { name: string; compare: Compare; source: Objective['source']; falseReturn: number },
): Promise<Compared> {
  const [ofTarget, ofOrigin] = await Promise.all(
    [target, origin].map((side) =>
      side === null ? null : readCounts(deps, measuredAt(service, source), { ...side, since }, compare),
    ),
  );
  const rules = { tolerate: compare.tolerate, notice: compare.notice, falseReturn };
  const mustBeGood = compare.notice !== null;
  const checkOf = (result: CheckResult['result'], reason: string): CheckResult => ({
    name: `${name} on ${target.environment}${origin === null ? '' : ` beside ${origin.environment}`}`,
    result,
    reason,
    at: formatInstant(deps.now()),
  });
  if (typeof ofTarget !== 'object' || ofTarget === null || typeof ofOrigin === 'string') {
    const why = typeof ofTarget === 'string' ? ofTarget : String(ofOrigin);
    return { comparison: null, mustBeGood, check: checkOf('inconclusive', `counts of ${name}: ${why}`) };
  }
  const comparison = compareCounts(rules, ofTarget, ofOrigin ?? null);
  const reason = comparisonWords(
    name,
    rules,
    comparison,
    { environment: target.environment, counts: ofTarget },
    origin === null || ofOrigin == null ? null : { environment: origin.environment, counts: ofOrigin },
  );
  const isOpen = comparison === 'open' && mustBeGood;
  return {
    comparison,
    mustBeGood,
    check: checkOf(comparison === 'worse' ? 'fail' : isOpen ? 'inconclusive' : 'pass', reason),
  };
}

/** Whole numbers, since Prometheus extrapolates to fractions; a text when they cannot be read. */
async function readCounts(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  side: MeasuredSide & { readonly since: Instant },
  { total, bad }: Compare,
): Promise<Counts | string> {
  const source = deps.metrics(service);
  const values = queryValues(deps, service, side, between(side.since, deps.now()));
  const [answers, failures] = await Promise.all([source.query(total, values), source.query(bad, values)]);
  const unknown = missing(answers) ?? missing(failures);
  if (unknown !== null || answers.kind !== 'value' || failures.kind !== 'value') return unknown ?? 'no data';
  const all = Math.max(0, Math.round(answers.value));
  return { total: all, bad: Math.min(all, Math.max(0, Math.round(failures.value))) };
}
