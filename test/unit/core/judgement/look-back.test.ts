import { expect, it } from 'vitest';
import { minutes } from '../../../../contracts/duration.ts';
import { instant, parseInstant } from '../../../../contracts/instant.ts';
import { lookBack, measuredSince } from '../../../../core/judgement/look-back.ts';

const shifted = parseInstant('2026-11-23T15:00:00Z');
const startedAt = '2026-11-23T14:00:00Z';
const shiftedAt = '2026-11-23T15:00:00Z';

it.each([
  ['right after the first traffic', 300, '1s'],
  ['soon after it', 90_900, '90s'],
  ['later than the window is long', 3_600_000, '300s'],
])('readings %s look back no further than that traffic, nor than the window', (_, after, expected) => {
  expect(lookBack(minutes(5), shifted, instant(shifted + after))).toBe(expected);
});

it('readings that nothing limits look back as far as the window', () => {
  expect(lookBack(minutes(5), null, shifted)).toBe('300s');
});

it('a return is measured over the time of what it returns, an operation without traffic since its start', () => {
  const returned = { startedAt, shiftedAt };
  const rollback = { startedAt: '2026-11-23T15:10:00Z', shiftedAt: null };

  expect(measuredSince(returned)).toBe(shifted);
  expect(measuredSince(rollback, returned)).toBe(shifted);
  expect(measuredSince(rollback)).toBe(parseInstant(rollback.startedAt));
});
