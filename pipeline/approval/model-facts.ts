import type { Store } from '../../adapters/store/store.ts';
import { UnreadableRecord } from '../../contracts/errors.ts';
import { shortLine } from '../../contracts/one-line.ts';
import { amount } from '../../contracts/words.ts';
import { type ModelMetrics, modelCheckName, modelMetrics } from '../../core/release/model.ts';

/** What is known of the live release's model, to stand beside that of a new one. */
export interface LiveModel {
  readonly version: string;
  readonly metrics: ModelMetrics;
}

/** A metric and what is said of it. */
type MetricFact = { readonly name: string; readonly value: string };

/** A check of the validation, of which that of a metric is named after it. */
type Check = { readonly name: string; readonly result: string; readonly reason: string };

/** So many metrics are shown, each with so much of its name. */
const shown = { metrics: 50, name: 100 };

/** Whether this check is told with the metric that it is about. */
export const isModelCheck = (name: string, metrics: ModelMetrics): boolean =>
  Object.keys(metrics)
    .slice(0, shown.metrics)
    .some((metric) => modelCheckName(metric) === name);

/**
 * A line per metric of a model: `0.94, at least 0.92 (v2.0.5: 0.93)`. Nothing where neither release has a model.
 *
 * @param live null where nothing is live, or nobody knows what it told.
 */
export function modelFacts(metrics: ModelMetrics, checks: readonly Check[], live: LiveModel | null): MetricFact[] {
  const names = [...new Set([...Object.keys(metrics), ...Object.keys(live?.metrics ?? {})])];
  const facts = names.slice(0, shown.metrics).map((name) => {
    const value = metrics[name];
    const own = value === undefined ? 'not known' : (boundWords(name, checks) ?? amount(value, undefined));
    return { name: shortLine(name, shown.name), value: `${own}${besideWords(name, live)}` };
  });
  const left = names.length - facts.length;
  return left > 0 ? [...facts, { name: 'Others', value: `${left} more metrics` }] : facts;
}

const boundWords = (metric: string, checks: readonly Check[]) =>
  checks.find(({ name, result }) => name === modelCheckName(metric) && result === 'pass')?.reason;

function besideWords(metric: string, live: LiveModel | null): string {
  if (live === null) return '';
  const value = live.metrics[metric];
  return ` (${live.version}: ${value === undefined ? 'not known' : amount(value, undefined)})`;
}

/** Null where nothing is live, its record cannot be read, or it has no model: approvers are asked all the same. */
export async function readLiveModel(
  store: Pick<Store, 'releases'>,
  service: string,
  live: { readonly version: string; readonly digest: string } | null,
): Promise<LiveModel | null> {
  if (live === null) return null;
  try {
    const known = await store.releases.read(service, live.digest);
    const metrics = known === null ? null : modelMetrics(known);
    return metrics === null ? null : { version: live.version, metrics };
  } catch (error) {
    if (error instanceof UnreadableRecord) return null;
    throw error;
  }
}
