import { expect, it } from '@jest/globals';
import { afterPause } from '../../../../core/judgement/after-pause.ts';

it.each([
  ['neither side is bad', { kind: 'none-bad' }, 'return'],
  ['the target is bad', { kind: 'one-bad', bad: 'green', reasons: [] }, 'return'],
  ['the origin is bad', { kind: 'one-bad', bad: 'blue', reasons: [] }, 'freeze'],
  ['both are bad', { kind: 'both-bad', lessBad: 'blue', reasons: [] }, 'freeze'],
  ['it cannot be said', { kind: 'inconclusive', reasons: [] }, 'freeze'],
] as const)('a pause of which nobody decided, when %s, raises no side blindly (I7)', (_, comparison, decided) => {
  expect(afterPause(comparison, 'green')).toBe(decided);
});
