import { describe, expect, it } from 'vitest';
import { clock, duration, exact, relative } from '../../../console/time.ts';

const now = Date.parse('2026-11-23T09:44:58.878Z');
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe('times for people', () => {
  it.each([
    [0, 'just now'],
    [12 * second, '12 s ago'],
    [59.9 * second, '59 s ago'],
    [3.9 * minute, '3 min ago'],
    [47 * hour, '47 h ago'],
    [49 * hour, '2 days ago'],
    [-30 * minute, 'in 30 min'],
    [-1 * second, 'just now'],
  ])('%i ms ago is %s', (distance, words) => {
    expect(relative(now - distance, now)).toBe(words);
  });

  it.each([
    [40, '40 ms'],
    [3_140, '3.1 s'],
    [42_000, '42 s'],
    [4 * minute, '4 min'],
    [4 * minute + 10 * second, '4 min 10 s'],
    [2 * hour + 5 * minute, '2 h 5 min'],
    [-3, '0 ms'],
  ])('%i ms last %s', (length, words) => {
    expect(duration(length)).toBe(words);
  });

  it('says an instant by the reader’s clock and in UTC', () => {
    expect(clock(now, 'Asia/Tokyo')).toBe('18:44:58');
    expect(exact(now, 'America/New_York')).toMatch(/Mon.*23 Nov 2026.*04:44:58.* · 2026-11-23T09:44:58\.878Z$/);
  });
});
