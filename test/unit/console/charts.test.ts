import { describe, expect, it } from 'vitest';
import { chartsOf, rangeWords } from '../../../console/charts.ts';
import type { ApiReadings } from '../../../contracts/api/readings.ts';
import { entry, line } from './overviews.ts';

const at = (seconds: number) => new Date(Date.parse('2026-11-23T09:45:00.000Z') + seconds * 1_000).toISOString();
const side = (weight: number, errorRate?: number) => ({
  ...{ weight, ready: 3, samples: errorRate === undefined ? null : 100 },
  values: errorRate === undefined ? ({} as Record<string, number>) : { 'error-rate': errorRate },
});
const point = (seconds: number, green: number, errorRate: number) => ({
  at: at(seconds),
  blue: side(100 - green, 0),
  green: side(green, errorRate),
});
const errorRate = { name: 'error-rate', min: null, max: 0.01, unit: 'ratio' as const, dryRun: false };
const readings = (points: ApiReadings['points'], objectives: ApiReadings['objectives'] = [errorRate]): ApiReadings => ({
  operation: 'deployment-1',
  objectives,
  points,
});
const timed = (seconds: number, ...of: Parameters<typeof line>) => ({ ...line(...of), at: at(seconds) });
const charts = (points: ApiReadings['points'], timeline: ReturnType<typeof line>[] = [], history = [entry()]) =>
  chartsOf(readings(points), { id: 'deployment-1', timeline }, history);

describe('the charts of an operation', () => {
  it('are none before anything was measured over time', () => {
    expect(charts([])).toBeNull();
    expect(charts([point(0, 5, 0)])).toBeNull();
  });

  it('have both sides of each objective with its bound, in the unit of people', () => {
    const found = charts([point(0, 25, 0.002), { ...point(15, 25, 0.2), blue: side(75) }]);

    const rate = found?.charts.find(({ id }) => id === 'objective-error-rate');
    expect(rate).toMatchObject({
      title: 'Error rate',
      bounds: { min: null, max: 0.01, text: 'limit 1 %' },
      values: { blue: [0, null], green: [0.002, 0.2] },
    });
    expect(rate && rangeWords(rate, 'green')).toBe('green: 20 % at the end, between 0.2 % and 20 %');
    expect(rate && rangeWords(rate, 'blue')).toBe('blue: 0 % at the end');
  });

  it.each([
    ['below', { min: 0.001, max: null }, 'at least 0.1 %'],
    ['on both sides', { min: 0.001, max: 0.01 }, 'at least 0.1 %, limit 1 %'],
  ])('have a bound %s where there is one', (_, bounds, text) => {
    const measured = readings([point(0, 25, 0.002), point(15, 25, 0.003)], [{ ...errorRate, ...bounds }]);

    const found = chartsOf(measured, { id: 'deployment-1', timeline: [] }, [entry()]);

    expect(found?.charts.find(({ id }) => id === 'objective-error-rate')?.bounds).toEqual({ ...bounds, text });
  });

  it('say of what only runs dry that it does', () => {
    const measured = readings([point(0, 25, 0.002), point(15, 25, 0.003)], [{ ...errorRate, dryRun: true }]);

    const found = chartsOf(measured, { id: 'deployment-1', timeline: [] }, [entry()]);

    expect(found?.charts.find(({ id }) => id === 'objective-error-rate')?.title).toBe('Error rate (dry run)');
  });

  it('show a share of the traffic from the moment when it was written, not from the next look', () => {
    const timeline = [
      timed(7, 1, 'set-weight', 'intent', { wanted: { blue: 50, green: 50 } }),
      timed(8, 2, 'set-weight', 'result', {}),
    ];

    const found = charts([point(0, 25, 0), point(15, 50, 0)], timeline);

    const traffic = found?.charts.find(({ id }) => id === 'traffic');
    expect(traffic?.times.map((time) => new Date(time).toISOString())).toEqual([at(0), at(8), at(15)]);
    expect(traffic?.values.green).toEqual([25, 50, 50]);
  });

  it('mark steps, warnings, decisions and the return, in their order and within the time that is shown', () => {
    const timeline = [
      timed(-60, 1, 'decide-approval', 'result', {}),
      timed(0, 2, 'set-weight', 'intent', { wanted: { blue: 75, green: 25 } }),
      timed(1, 3, 'set-weight', 'result', {}),
      timed(5, 4, 'pause', 'result', { reason: 'Alert Slow is about blue.' }),
      timed(9, 5, 'resume', 'result', { reason: 'it is over' }, 'ana@example.com'),
      timed(12, 6, 'set-weight', 'intent', { wanted: { blue: 50, green: 50 } }),
    ];
    const rollback = entry({
      ...{ id: 'rollback-1', kind: 'rollback', related: 'deployment-1', startedAt: at(20) },
      reason: 'Alert HighErrorRate (critical).',
    });

    const found = charts([point(0, 25, 0), point(15, 25, 0)], timeline, [rollback, entry()]);

    expect(found?.marks.map(({ kind, text }) => [kind, text])).toEqual([
      ['step', 'Weight set blue 75 %, green 25 %'],
      ['alert', 'Paused: Alert Slow is about blue'],
      ['decision', 'Resume: it is over'],
      ['alert', 'Rollback of v2.1.0: Alert HighErrorRate (critical)'],
    ]);
    expect(found?.to).toBe(Date.parse(at(20)));
  });
});
