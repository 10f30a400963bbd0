import type { Metric } from './metrics.ts';
import type { Resource } from './synthesize.ts';

export interface Widget {
  readonly type: string;
  readonly title: string;
  /** Where it is, in columns of 24 and in rows. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** ARNs of an alarm widget. */
  readonly alarms: readonly string[];
  readonly metrics: readonly Drawn[];
}
export interface Drawn extends Metric {
  /** Not, when only an expression uses it. */
  readonly visible: boolean;
}

type Entry = readonly (string | { readonly stat?: string; readonly period?: number; readonly visible?: boolean })[];
interface RawWidget extends Omit<Widget, 'title' | 'alarms' | 'metrics'> {
  readonly properties: {
    readonly title: string;
    readonly alarms?: readonly string[];
    readonly metrics?: readonly Entry[];
  };
}

/** The widgets of a dashboard. @throws SyntaxError when its body is not JSON. */
export const widgetsOf = ({ properties: { DashboardBody } }: Resource): Widget[] =>
  // CloudWatch's dashboard body.
  (JSON.parse(DashboardBody) as { widgets: RawWidget[] }).widgets.map(
    ({ properties: { title, alarms = [], metrics = [] }, ...place }) => ({
      ...place,
      title,
      alarms,
      metrics: metrics.flatMap(metricOf),
    }),
  );

/** `[namespace, name, dimension, value, …, options]`; an expression has no metric of its own, and CDK’s default period is left out. */
function metricOf(entry: Entry): Drawn[] {
  const texts = entry.filter((one) => typeof one === 'string');
  const options = entry.find((one) => typeof one === 'object') ?? {};
  const [namespace, name, ...pairs] = texts;
  if (namespace === undefined || name === undefined) return [];
  const dimensions = Object.fromEntries(
    pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, pairs[index + 1] ?? '']] : [])),
  );
  const { stat: statistic = 'Average', period = 300, visible = true } = options;
  return [{ namespace, name, dimensions, statistic, period, visible }];
}
