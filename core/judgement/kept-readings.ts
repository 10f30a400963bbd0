import { between } from '../../contracts/instant.ts';
import type { ReadingsRecord, ReadPoint, ReadSide } from '../../contracts/records/readings.ts';

/** Points that an operation keeps, at most: one every 10 s of a shift of 40 minutes, and 60 KB of a table's item. */
export const mostPoints = 240;

type Points = Pick<ReadingsRecord, 'spacing' | 'points'>;

/**
 * Adds what was measured now, which is always there. Once there are too many points, the distance between them doubles and two that are next to each other
 * become one that has the worse readings of both, so that what broke a bound stays to be seen.
 */
export function withPoint({ spacing, points }: Points, point: ReadPoint, most = mostPoints): Points {
  const all = thin([...points, point], spacing);
  if (all.length <= most) return { spacing, points: all };
  const first = all[0] ?? point;
  const wider = Math.max(spacing * 2, Math.ceil((2 * between(first.at, point.at)) / most));
  return { spacing: wider, points: thin(all, wider) };
}

/** The last of them stays; any other that is closer to the one before it than `spacing` goes into the one that follows. */
function thin(points: readonly ReadPoint[], spacing: number): ReadPoint[] {
  const kept: ReadPoint[] = [];
  for (const point of points) {
    const [before, last] = kept.slice(-2);
    if (before !== undefined && last !== undefined && between(before.at, last.at) < spacing) {
      kept[kept.length - 1] = {
        at: point.at,
        blue: merge(last.blue, point.blue),
        green: merge(last.green, point.green),
      };
    } else kept.push(point);
  }
  return kept;
}

function merge(earlier: ReadSide, later: ReadSide): ReadSide {
  const values = { ...earlier.values };
  for (const [name, value] of Object.entries(later.values)) values[name] = Math.max(value, values[name] ?? value);
  return { ...later, values };
}
