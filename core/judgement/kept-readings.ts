import type { Bounds } from '../../contracts/bounds.ts';
import { between } from '../../contracts/instant.ts';
import type { ReadingsRecord, ReadPoint, ReadSide } from '../../contracts/records/readings.ts';

/** Points that an operation keeps, at most: one every 10 s of a shift of 40 minutes, and 60 KB of a table's item. */
export const mostPoints = 240;

type Points = Pick<ReadingsRecord, 'spacing' | 'points'>;
type Objectives = ReadingsRecord['objectives'];

/**
 * Adds what was measured now, which is always there. Once there are too many points, the distance between them doubles and two that are next to each other
 * become one that has the worse readings of both, so that what broke a bound stays to be seen.
 *
 * @param objectives what is measured, whose bounds say which of two readings is the worse one.
 */
export function withPoint(
  { spacing, points }: Points,
  point: ReadPoint,
  objectives: Objectives,
  most = mostPoints,
): Points {
  const all = thin([...points, point], spacing, objectives);
  if (all.length <= most) return { spacing, points: all };
  const first = all[0] ?? point;
  const wider = Math.max(spacing * 2, Math.ceil((2 * between(first.at, point.at)) / most));
  return { spacing: wider, points: thin(all, wider, objectives) };
}

/** The last of them stays; any other that is closer to the one before it than `spacing` goes into the one that follows. */
function thin(points: readonly ReadPoint[], spacing: number, objectives: Objectives): ReadPoint[] {
  const kept: ReadPoint[] = [];
  for (const point of points) {
    const [before, last] = kept.slice(-2);
    if (before !== undefined && last !== undefined && between(before.at, last.at) < spacing) {
      kept[kept.length - 1] = {
        at: point.at,
        blue: merge(last.blue, point.blue, objectives),
        green: merge(last.green, point.green, objectives),
      };
    } else kept.push(point);
  }
  return kept;
}

function merge(earlier: ReadSide, later: ReadSide, objectives: Objectives): ReadSide {
  const values = { ...earlier.values };
  for (const [name, value] of Object.entries(later.values)) {
    const bounds = objectives.find((objective) => objective.name === name) ?? {};
    values[name] = worse(bounds, value, values[name] ?? value);
  }
  return { ...later, values };
}

/** The one that is further beyond a bound, or nearer to one; of what has no bounds, the higher one. */
function worse(bounds: Bounds, a: number, b: number): number {
  const [ofA, ofB] = [beyond(bounds, a), beyond(bounds, b)];
  if (ofA === ofB) return Math.max(a, b);
  return ofA > ofB ? a : b;
}

/** How far a reading is beyond its nearest bound; below 0 while it is within. */
const beyond = ({ min, max }: Bounds, value: number): number =>
  Math.max(min === undefined ? -Infinity : min - value, max === undefined ? -Infinity : value - max);
