import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../../contracts/duration.ts';
import { parseInstant } from '../../../contracts/instant.ts';
import { amount, durationWords, metricName, readingWords, timeWords, weightWords } from '../../../contracts/words.ts';

describe('readings, durations and times for people', () => {
  it.each([
    [0, '0 s'],
    [450, '450 ms'],
    [3_100, '3.1 s'],
    [9_999, '10 s'],
    [12_045, '12 s'],
    [59_700, '1 min'],
    [250_000, '4 min 10 s'],
    [3 * 3_600_000 + 20 * 60_000 + 45_000, '3 h 20 min'],
    [53 * 3_600_000, '2 days 5 h'],
    [-5, '0 s'],
  ])('%p ms are "%s"', (length, words) => {
    expect(durationWords(milliseconds(length))).toBe(words);
  });

  it('a time has whole seconds and says that it is UTC', () => {
    expect(timeWords('2026-11-28T20:28:10.123Z')).toBe('2026-11-28 20:28:10Z');
    expect(timeWords(parseInstant('2026-11-28T21:28:10.999+01:00'))).toBe('2026-11-28 20:28:10Z');
  });

  it.each([
    [{ name: 'error-rate', max: 0.01, unit: 'ratio' as const }, 0.11414947198044095, 'Error rate 11.4 %, limit 1 %'],
    [{ name: 'latency-p95', max: 2, unit: 'seconds' as const }, 2.3141592653, 'Latency p95 2.31 s, limit 2 s'],
    [{ name: 'latency_p95', max: 1000, unit: 'milliseconds' as const }, 812.5678, 'Latency p95 813 ms, limit 1000 ms'],
    [{ name: 'memory', max: 2 ** 30, unit: 'bytes' as const }, 412 * 2 ** 20, 'Memory 412 MiB, limit 1 GiB'],
    [{ name: 'memory', max: 1_000, unit: 'bytes' as const }, 0, 'Memory 0 B, limit 1000 B'],
    [{ name: 'throughput', max: 900, unit: 'per-second' as const }, 48.21, 'Throughput 48.2 /s, limit 900 /s'],
    [{ name: 'throughput', min: 10, unit: 'per-second' as const }, 3, 'Throughput 3 /s, at least 10 /s'],
    [{ name: 'throughput', min: 10, unit: 'per-second' as const }, 9.9996, 'Throughput 9.9996 /s, at least 10 /s'],
    [{ name: 'success', min: 0.99, unit: 'ratio' as const }, 0.9731, 'Success 97.3 %, at least 99 %'],
    [{ name: 'queue', min: 10, max: 500 }, 48.21, 'Queue 48.2, at least 10, limit 500'],
    [{ name: 'queue', min: 10, max: 500 }, 3, 'Queue 3, at least 10'],
    [{ name: 'queue', min: 10, max: 500 }, 501, 'Queue 501, limit 500'],
    [{ name: 'queue length', max: 20_000 }, 12_345.6789, 'Queue length 12346, limit 20000'],
    [{ name: 'error-rate', max: 0.01, unit: 'ratio' as const }, 0, 'Error rate 0 %, limit 1 %'],
  ])('%p at %p is told as "%s"', (metric, value, words) => {
    expect(readingWords(metric, value)).toBe(words);
  });

  it('a reading just above its limit does not look equal to it', () => {
    const metric = { name: 'error-rate', max: 0.01, unit: 'ratio' as const };

    expect(readingWords(metric, 0.010004)).toBe('Error rate 1.0004 %, limit 1 %');
    expect(readingWords(metric, 0.01)).toBe('Error rate 1 %, limit 1 %');
  });

  it('numbers without a unit are rounded, names are words, weights have their sides', () => {
    expect(amount(0.97123456, undefined)).toBe('0.971');
    expect(metricName('error-rate')).toBe('Error rate');
    expect(weightWords({ blue: 75, green: 25 })).toBe('blue 75 %, green 25 %');
  });
});
