import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ownSeries } from '../../../core/monitoring/series.ts';
import { dashboardFiles } from '../../../monitoring/dashboards/all.ts';
import { type Dashboard, queriesOf } from '../../support/dashboards.ts';

const folder = 'monitoring/dashboards';
const files = dashboardFiles();
const read = (name: string) => readFile(join(folder, name), 'utf8');
const dashboards = [...files].map(([name, text]) => ({ name, dashboard: JSON.parse(text) as Dashboard })); // our own

/** Every series that the rules make, that Sluice tells, and that Istio, kube-state-metrics, cAdvisor and Argo CD document. */
async function knownSeries(): Promise<ReadonlySet<string>> {
  const documented: Record<string, string[]> = JSON.parse(
    await readFile('test/fixtures/monitoring/documented-metrics.json', 'utf8'),
  );
  const { groups } = parse(await readFile('monitoring/rules.yaml', 'utf8'));
  const records = groups.flatMap(({ rules }: { rules: { record?: string }[] }) => rules.map(({ record }) => record));
  return new Set([...Object.values(documented).flat(), ...records, ...Object.values(ownSeries)]);
}

/** The names before a selector or a range. */
const seriesIn = (query: string): string[] =>
  [...query.matchAll(/([a-zA-Z_:][\w:]*)(?=[{[])/g)].map(([, name = '']) => name);

it('are the four that operators know by name, each with an address of its own', () => {
  expect(dashboards.map(({ dashboard }) => dashboard.title)).toEqual([
    'Production Deployment Overview',
    'Blue-Green Environment Status',
    'Application Performance Metrics',
    'Infrastructure Resource Usage',
  ]);
  expect(new Set(dashboards.map(({ dashboard }) => dashboard.uid)).size).toBe(4);
});

describe.each(dashboards)('$name', ({ name, dashboard }) => {
  it('is what the sources beside it make', async () => {
    expect(await read(name)).toBe(files.get(name));
  });

  it('asks only for series that exist', async () => {
    const known = await knownSeries();
    const asked = queriesOf(dashboard).flatMap(({ query }) => seriesIn(query));

    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((series) => !known.has(series))).toEqual([]);
  });

  it('says of each panel what it means, and asks whichever Prometheus is chosen', () => {
    expect(dashboard.panels.filter(({ description = '' }) => description.length < 10)).toEqual([]);
    expect(new Set(dashboard.panels.map(({ datasource }) => datasource?.uid))).toEqual(new Set([`$${'{datasource}'}`]));
  });
});

it('the rules, too, read only series that exist', async () => {
  const known = await knownSeries();
  const { groups } = parse(await readFile('monitoring/rules.yaml', 'utf8'));
  const asked = groups.flatMap(({ rules }: { rules: { expr: string }[] }) =>
    rules.flatMap(({ expr }) => seriesIn(expr)),
  );

  expect(asked.length).toBeGreaterThan(50);
  expect(asked.filter((series: string) => !known.has(series))).toEqual([]);
});
