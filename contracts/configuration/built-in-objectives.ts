import { milliseconds } from '../duration.ts';
import { istioQueries } from './istio-queries.ts';

/** What Istio's own metrics answer without a query in sluice.yaml. */
export type BuiltIn =
  | { readonly kind: 'errors'; readonly unit: 'ratio' }
  | { readonly kind: 'latency'; readonly unit: 'seconds'; readonly quantile: number };

const known: Readonly<Record<string, BuiltIn>> = {
  'error-rate': { kind: 'errors', unit: 'ratio' },
  ...Object.fromEntries(
    [50, 90, 95, 99].map((percent): [string, BuiltIn] => [
      `latency-p${percent}`,
      { kind: 'latency', unit: 'seconds', quantile: percent / 100 },
    ]),
  ),
};

export const builtInNames = Object.keys(known).join(', ');

/** The built-in objective of that name; null where there is none. */
export const builtIn = (name: string): BuiltIn | null => (Object.hasOwn(known, name) ? (known[name] ?? null) : null);

/** Istio's metrics of an environment, over `{{window}}`. */
export const istioTemplates = (gateway: string | null) =>
  istioQueries({ service: '{{service}}', namespace: '{{namespace}}', gateway, window: '{{window}}' });

/**
 * What is asked of Istio's metrics for a built-in objective: its reading in its own unit, and the counts by which two sides are compared.
 *
 * @param max the bound, in that unit.
 */
export function builtInQueries(
  objective: BuiltIn,
  max: number,
  gateway: string | null,
): { readonly query: string; readonly total: string; readonly bad: string } {
  const { counted, errorRatio, quantileBeside } = istioTemplates(gateway);
  if (objective.kind === 'errors') return { query: errorRatio, total: counted.requests, bad: counted.failures };
  const bound = milliseconds(max * 1_000);
  return { query: quantileBeside(objective.quantile, bound), total: counted.answers, bad: counted.slow(bound) };
}
