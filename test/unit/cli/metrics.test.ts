import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiMetrics, DeliveryMetrics } from '../../../contracts/api/metrics.ts';
import { type FakeSluice, operationOf, runSluice, startFakeSluice } from './support.ts';

const minute = 60_000;
const metrics: DeliveryMetrics = {
  deployments: { began: 4, open: 1, outcomes: { succeeded: 2, 'rolled-back': 1 } },
  ...{ deploymentFrequency: 0.2, changeFailureRate: 1 / 3, successRate: 2 / 3, rollbackFrequency: 0.1 },
  leadTime: { count: 2, median: 90 * minute, p90: 120 * minute },
  timeToRestore: { count: 1, median: 2 * minute, p90: 2 * minute },
  rollbacks: { automatic: 1, emergency: 0, planned: 0 },
  phases: { 'awaiting-approval': { count: 3, median: 30 * minute, p90: 45 * minute } },
};
const document = (...services: string[]): ApiMetrics => ({
  ...{ from: '2026-10-01T00:00:00.000Z', to: '2026-11-01T00:00:00.000Z', all: metrics },
  services: services.map((service) => ({ service, metrics })),
});

let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
});
afterEach(() => sluice.close());
const run = (...words: string[]) => runSluice([...words, '--url', sluice.url, '--token', 't']);
const asked = () => sluice.asked.map(({ path }) => decodeURIComponent(path));

describe('sluice metrics', () => {
  it('has a column for each service and one for all, with units', async () => {
    sluice.answers.set('GET /api/metrics', { body: document('shop', 'mail') });

    const { exitCode, out } = await run('metrics', '--since', '90d');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^From 2026-10-01 00:00:00Z to 2026-11-01 00:00:00Z:\n +shop +mail +ALL\n/);
    for (const cell of [
      '4 (2 succeeded, 1 rolled-back, 1 open)',
      '0.2 a day',
      '1 h 30 min, p90 2 h',
      '33.3 %',
      '2 min, p90 2 min',
      '66.7 %',
      '1 automatic, 0 emergency, 0 planned',
    ])
      expect(out).toContain(cell);
    expect(out).toMatch(/awaiting-approval +30 min, p90 45 min/);
    expect(asked()).toEqual(['/api/metrics?since=90d']);
  });

  it.each(['yesterday', '2026-13-01', '30', ''])('takes no time like %j', async (since) => {
    expect((await run('metrics', '--since', since)).exitCode).toBe(2);
    expect(asked()).toEqual([]);
  });
});

describe('sluice report', () => {
  it('is a month as Markdown, with every operation of it, oldest first, and no markup of others', async () => {
    sluice.answers.set('GET /api/metrics', { body: document('shop') });
    const bad = { outcome: 'rolled-back' as const, reason: 'Error rate | 5 %, <b>limit</b>\n1 %' };
    const [one, two] = [operationOf({ id: 'new', ...bad }), operationOf({ id: 'old', outcome: 'succeeded' })];
    sluice.answers.set('GET /api/operations', { body: { operations: [one, two] } });

    const { exitCode, out } = await run('report', '--month', '2026-12');

    expect(exitCode).toBe(0);
    expect(out).toContain('# Deployments in 2026-12\n');
    expect(out).toContain('| Change failure rate | 33.3 % |');
    expect(out.indexOf('| old |')).toBeLessThan(out.indexOf('| new |'));
    expect(out).toContain('Error rate \\| 5 %, \\<b\\>limit\\</b\\> 1 %');
    expect(asked()).toEqual([
      '/api/metrics?since=2026-12-01&until=2027-01-01',
      '/api/operations?since=2026-12-01&until=2027-01-01&limit=100',
    ]);
  });

  it.each(['2026-13', '2026', 'May'])('knows no month %s', async (month) => {
    expect((await run('report', '--month', month)).exitCode).toBe(2);
  });
});

describe('sluice operations', () => {
  const pageOf = (from: number, count: number, next: string | null) => ({
    body: { operations: Array.from({ length: count }, (_, at) => operationOf({ id: `op${from + at}` })), next },
  });

  it('goes on beyond a page of the API, until there are as many as wanted', async () => {
    sluice.answers.set('GET /api/operations', [pageOf(0, 100, 'op99'), pageOf(100, 50, 'op149')]);

    const { out } = await run(
      'operations',
      '--limit',
      '150',
      '--outcome',
      'rolled-back',
      '--since',
      '30d',
      '-o',
      'json',
    );

    const { operations } = JSON.parse(out) as { operations: { id: string }[] };
    expect(operations.map(({ id }) => id)).toEqual(Array.from({ length: 150 }, (_, at) => `op${at}`));
    expect(asked()).toEqual([
      '/api/operations?since=30d&outcome=rolled-back&limit=100',
      '/api/operations?since=30d&outcome=rolled-back&limit=50&before=op99',
    ]);
  });

  it('ends where there is nothing older', async () => {
    sluice.answers.set('GET /api/operations', pageOf(0, 3, null));

    expect((await run('operations', '--limit', '1000')).out.trim().split('\n')).toHaveLength(4);
    expect(asked()).toEqual(['/api/operations?limit=100']);
  });

  it('does not say that there are no operations where there are none of those asked for', async () => {
    sluice.answers.set('GET /api/operations', pageOf(0, 0, null));

    expect((await run('operations')).out).toBe('There are no operations.\n');
    for (const which of [
      ['--since', '1d'],
      ['--until', '1d'],
      ['--outcome', 'failed'],
    ]) {
      expect((await run('operations', ...which)).out).toBe('There are no such operations.\n');
    }
  });

  it('knows no day that is not in the calendar', async () => {
    expect((await run('operations', '--since', '2026-11-31')).exitCode).toBe(2);
    expect(asked()).toEqual([]);
  });

  it('knows no other outcome', async () => {
    expect((await run('operations', '--outcome', 'fine')).exitCode).toBe(2);
  });
});

describe('sluice audit list and export', () => {
  const entry = (seq: number, at: number) => ({
    ...{ operation: 'op1', service: 'shop', seq, at, actor: 'ana@example.com', action: 'set-weight', phase: 'intent' },
    ...{ details: { reason: `step ${seq}\u202e` }, previousHash: 'a', hash: 'b' },
  });
  beforeEach(() => {
    sluice.answers.set('GET /api/audit', [
      { body: { entries: [entry(3, 3_000)], next: 'op1' } },
      { body: { entries: [entry(1, 1_000), entry(2, 2_000)], next: null } },
    ]);
  });

  it('lists the entries of all pages in the order in which they were written', async () => {
    const { exitCode, out } = await run('audit', 'list', '--actor', 'ana@example.com', '--action', 'set-weight');

    expect(exitCode).toBe(0);
    expect([...out.matchAll(/step (\d)/g)].map(([, step]) => step)).toEqual(['1', '2', '3']);
    expect(out).not.toContain('\u202e');
    expect(asked()).toEqual([
      '/api/audit?since=1d&actor=ana@example.com&action=set-weight',
      '/api/audit?since=1d&actor=ana@example.com&action=set-weight&before=op1',
    ]);
  });

  it('exports an entry a line, as it was hashed', async () => {
    const { out } = await run('audit', 'export', '--since', '2026-11-01');

    const lines = out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([entry(1, 1_000), entry(2, 2_000), entry(3, 3_000)]);
    expect(out).not.toContain('\u202e');
  });
});
