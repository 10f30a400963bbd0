import type { ValidationRules } from '../../contracts/configuration/validation.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';
import { amountBeside } from '../../contracts/words.ts';
import { besideLive, incomparable, type Verdict } from './live-margin.ts';

/** Metrics of a model, as the CI run that trained or tested it has told them. */
export type ModelMetrics = Readonly<Record<string, number>>;

/** What is known of a release's model: what a later run has measured of it counts instead of what the first one has. Null without a model. */
export const modelMetrics = ({
  evidence,
  release,
}: {
  readonly evidence: Pick<Evidence, 'model'>;
  readonly release: Pick<Release, 'model'>;
}): ModelMetrics | null => (evidence.model ?? release.model)?.metrics ?? null;

type Rules = ValidationRules['model'];
type Check = { readonly name: string } & Verdict;

/** The name of a metric's check by its own bounds. */
export const modelCheckName = (metric: string): string => `model ${metric}`;

/**
 * A model's metrics by their own bounds, a check each. What was not measured fails: it is evidence, and nothing more will come of that run.
 *
 * @param metrics null where the release tells of no model.
 */
export const modelChecks = (metrics: ModelMetrics | null, rules: Rules): Check[] =>
  Object.entries(rules).map(([metric, bounds]) => ({
    name: modelCheckName(metric),
    ...withinBounds(measured(metrics, metric), bounds),
  }));

/**
 * A model's metrics beside those of the live release, a check for each that has such a margin. As with what is measured on staging
 * (docs/adr/0082), what is not known of the live release is shown and refuses nothing: the first release with a metric would be refused else.
 *
 * @param live null where nothing is live.
 */
export function modelChecksBesideLive(
  metrics: ModelMetrics | null,
  rules: Rules,
  live: { readonly version: string; readonly metrics: ModelMetrics | null } | null,
): (Check & { readonly besideLive: true })[] {
  return Object.entries(rules).flatMap(([metric, { atMost, atLeast }]) => {
    const own = measured(metrics, metric);
    if (own === null || (atMost === undefined && atLeast === undefined)) return [];
    const name = `${modelCheckName(metric)} beside the live release`;
    const former = measured(live?.metrics ?? null, metric);
    const verdict =
      live === null
        ? incomparable('nothing is live to compare it with')
        : former === null
          ? incomparable(`there is nothing to compare it with: ${live.version} has no ${metric} on record`)
          : besideLive(own, { value: former, version: live.version }, { atMost, atLeast });
    return [{ name, ...verdict, besideLive: true }];
  });
}

/** A metric that is a number; null where there is none. */
function measured(metrics: ModelMetrics | null, metric: string): number | null {
  const value = metrics !== null && Object.hasOwn(metrics, metric) ? metrics[metric] : undefined;
  return value === undefined || !Number.isFinite(value) ? null : value;
}

function withinBounds(value: number | null, { min, max }: Rules[string]): Verdict {
  const fail = (reason: string): Verdict => ({ result: 'fail', reason });
  if (value === null) return fail('was not measured');
  if (min !== undefined && value < min) return fail(`${amountBeside(value, min)} is below ${min}`);
  if (max !== undefined && value > max) return fail(`${amountBeside(value, max)} is above ${max}`);
  const limits = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])];
  return { result: 'pass', reason: [amountBeside(value, min ?? max ?? value), ...limits].join(', ') };
}
