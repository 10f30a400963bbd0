import { expect, it } from 'vitest';
import { capacityDrift } from '../../../../core/traffic/capacity.ts';

it.each([
  [{ live: 3, written: 3 }, { kind: 'none' }],
  [{ live: 1, written: null }, { kind: 'none' }],
  [
    { live: 1, written: 3 },
    { kind: 'lowered', before: 3, after: 1 },
  ],
  [
    { live: 5, written: 3 },
    { kind: 'raised', before: 3, after: 5 },
  ],
])('an autoscaler that has %j is %j (rule 8)', (seen, drift) => {
  expect(capacityDrift(seen)).toEqual(drift);
});
