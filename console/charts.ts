/** What the charts of an operation show, from its readings and its timeline. */
import type { ApiOperation } from '../contracts/api/operation.ts';
import type { ApiHistoryEntry } from '../contracts/api/overview.ts';
import type { ApiReadings, ApiReadPoint } from '../contracts/api/readings.ts';
import { amount, boundWords, metricName, type ReadingUnit } from '../contracts/words.ts';
import { type Step, stepsOf } from './timeline.ts';
import { clause, operationName } from './words.ts';

export const sides = ['blue', 'green'] as const;
export type Side = (typeof sides)[number];

/** One chart: both sides over the time of the operation. */
export interface Chart {
  readonly id: string;
  readonly title: string;
  /** What a reading must not be below or above, and how that reads; null where there is no bound. */
  readonly bounds: { readonly min: number | null; readonly max: number | null; readonly text: string } | null;
  /** Ms since 1970, rising. */
  readonly times: readonly number[];
  readonly values: Readonly<Record<Side, readonly (number | null)[]>>;
  /** Whether a value stays until the next one, as a share of the traffic does. */
  readonly stepped: boolean;
  /** The most that it can be, where there is such a thing. */
  readonly most: number | null;
  /** A value for people, with its unit. */
  readonly words: (value: number) => string;
}

/** Something that happened, on the time axis of every chart. */
export interface Mark {
  readonly key: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly kind: 'step' | 'alert' | 'decision';
  readonly text: string;
  /** Whether it is what ended the operation. */
  readonly ends: boolean;
}

export interface Charts {
  readonly charts: readonly Chart[];
  readonly marks: readonly Mark[];
  /** The time that all of them show, in ms since 1970. */
  readonly from: number;
  readonly to: number;
}

const kindOf: Readonly<Record<string, Mark['kind']>> = {
  'set-weight': 'step',
  'return-traffic': 'step',
  pause: 'alert',
  drift: 'alert',
  'compare-sides': 'alert',
  'end-pause': 'decision',
  resume: 'decision',
  promote: 'decision',
  abort: 'decision',
};

/** Null when nothing was measured over time: before its traffic rises, and of operations from before readings were kept. */
export function chartsOf(
  readings: ApiReadings,
  operation: Pick<ApiOperation, 'id' | 'timeline'>,
  history: readonly ApiHistoryEntry[],
): Charts | null {
  const { points, objectives } = readings;
  const [first, last] = [points[0], points.at(-1)];
  // A single look is no course of things: what it found is among the checks.
  if (first === undefined || last === undefined || points.length < 2) return null;
  const steps = stepsOf(operation.timeline).toReversed();
  const moves = steps.filter(
    (step) => step.weights !== null && step.state === 'done' && kindOf[step.action] === 'step',
  );
  const from = Math.min(timeOf(first), ...moves.map(endOf));
  const marks = marksOf(steps, operation.id, history);
  // What ended it came after its last look.
  const to = Math.max(timeOf(last), ...marks.filter(({ ends }) => ends).map(({ at }) => at), ...moves.map(endOf));
  const times = points.map(timeOf);
  const chart = (id: string, title: string, value: (side: ApiReadPoint[Side]) => number | null | undefined) => ({
    ...{ id, title, times, stepped: false, most: null, bounds: null, words: (one: number) => amount(one, undefined) },
    values: {
      blue: points.map(({ blue }) => value(blue) ?? null),
      green: points.map(({ green }) => value(green) ?? null),
    },
  });
  const measured = objectives.map(({ name, min, max, unit, dryRun }) => ({
    ...chart(`objective-${name}`, `${metricName(name)}${dryRun ? ' (dry run)' : ''}`, ({ values }) => values[name]),
    bounds: { min, max, text: boundWords({ min: min ?? undefined, max: max ?? undefined }, unitOf(unit)).join(', ') },
    words: (value: number) => amount(value, unitOf(unit)),
  }));
  const samples = chart('samples', 'Answers behind the readings', (side) => side.samples);
  const pods = { ...chart('pods', 'Pods ready', ({ ready }) => ready), stepped: true };
  return {
    charts: [trafficChart(points, moves), ...measured, samples, pods].filter(hasValues),
    marks: marks.filter(({ at }) => at >= from && at <= to),
    from,
    to,
  };
}

const unitOf = (unit: ReadingUnit | null): ReadingUnit | undefined => unit ?? undefined;

/** What was read at each look, and each move at the moment when it was written. */
function trafficChart(points: readonly ApiReadPoint[], moves: readonly Step[]): Chart {
  const shares = [
    ...points.map((point) => ({ at: timeOf(point), blue: point.blue.weight, green: point.green.weight })),
    ...moves.flatMap((step) => (step.weights === null ? [] : [{ at: endOf(step), ...step.weights }])),
  ].sort((a, b) => a.at - b.at);
  return {
    ...{ id: 'traffic', title: 'Share of the traffic', bounds: null, stepped: true, most: 100 },
    times: shares.map(({ at }) => at),
    values: { blue: shares.map(({ blue }) => blue), green: shares.map(({ green }) => green) },
    words: (value) => `${value} %`,
  };
}

const hasValues = ({ values }: Chart): boolean => sides.some((side) => values[side].some((value) => value !== null));

function marksOf(steps: readonly Step[], id: string, history: readonly ApiHistoryEntry[]): Mark[] {
  const own = steps.flatMap((step): Mark[] => {
    const kind = kindOf[step.action];
    if (kind === undefined || step.state !== 'done') return [];
    const what = step.what === null ? '' : ` ${step.what}`;
    const why = step.reason === null ? '' : `: ${clause(step.reason)}`;
    return [{ key: String(step.seq), at: endOf(step), kind, ends: false, text: `${step.name}${what}${why}` }];
  });
  // What returns it has a timeline of its own; why it does is often an alert.
  const returns = history
    .filter(({ related, kind }) => related === id && kind === 'rollback')
    .map((rollback): Mark => {
      const why = rollback.reason === null ? '' : `: ${clause(rollback.reason)}`;
      const text = `${operationName(rollback, history)}${why}`;
      return { key: rollback.id, at: Date.parse(rollback.startedAt), kind: 'alert', ends: true, text };
    });
  return [...own, ...returns].sort((a, b) => a.at - b.at);
}

const timeOf = ({ at }: ApiReadPoint): number => Date.parse(at);

/** When it was done, which is when it had its effect. */
const endOf = ({ at, took }: Step): number => Date.parse(at) + (took ?? 0);

/** What one side has of a chart, in a sentence: `Blue: 0.1 % now, between 0 % and 0.4 %.` Null when nothing was read of it. */
export function rangeWords({ values, words }: Chart, side: Side): string | null {
  const known = values[side].filter((value) => value !== null);
  const last = known.at(-1);
  if (last === undefined) return null;
  const [least, most] = [words(Math.min(...known)), words(Math.max(...known))];
  const range = least === most ? '' : `, between ${least} and ${most}`;
  return `${side}: ${words(last)} at the end${range}`;
}
