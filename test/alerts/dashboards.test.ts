import { describe, expect, it } from 'vitest';
import { ownSeries, recorded } from '../../core/monitoring/series.ts';
import { dashboardFiles } from '../../monitoring/dashboards/all.ts';
import { asGrafanaAsks, type Dashboard, queriesOf } from '../support/dashboards.ts';
import { observedSandbox } from '../support/observed-sandbox.ts';
import { patienceMs, until } from '../support/until.ts';

const { sandbox } = observedSandbox('--monitoring');

/** What the sandbox has: its router speaks Istio's metrics, and there is no kubelet. */
const { podsAvailable, podsWanted, rolloutFailed, ...ofRequests } = recorded;
const { frozen, overdue, deployments } = ownSeries;
const isThere = (query: string) =>
  [...Object.values(ofRequests), frozen, overdue, deployments, 'istio_requests_total'].some((series) =>
    query.includes(series),
  ) && ![podsAvailable, podsWanted, rolloutFailed].some((series) => query.includes(series));

async function ask(query: string): Promise<{ status: string; error?: string; found: number }> {
  const url = `${sandbox.ready.monitoring?.prometheus}/api/v1/query`;
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ query }) });
  // Prometheus' own answer.
  const { status, error, data } = (await answer.json()) as {
    status: string;
    error?: string;
    data?: { result: unknown[] };
  };
  return { status, found: data?.result.length ?? 0, ...(error === undefined ? {} : { error }) };
}

const queries = [...dashboardFiles()].flatMap(([name, text]) =>
  // Our own.
  queriesOf(JSON.parse(text) as Dashboard).map(({ title, query }) => ({
    name: `${name}: ${title}`,
    query: asGrafanaAsks(query, 'chest-xray-mlops', ['production-blue', 'production-green']),
  })),
);

describe('a real Prometheus, which scrapes a sandbox under load', () => {
  it('evaluates every rule without a fault', async () => {
    const groups = await until('the rules have been evaluated', patienceMs, async () => {
      const answer = await fetch(`${sandbox.ready.monitoring?.prometheus}/api/v1/rules`);
      // Prometheus' own answer.
      const { data } = (await answer.json()) as { data: { groups: { rules: { name: string; health: string }[] }[] } };
      return data.groups.every(({ rules }) => rules.every(({ health }) => health !== 'unknown')) ? data.groups : null;
    });

    expect(groups.flatMap(({ rules }) => rules).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it.each(queries)('answers $name', async ({ query }) => {
    expect(await ask(query)).toMatchObject({ status: 'success' });
    if (isThere(query)) {
      await until(`there is an answer to ${query}`, patienceMs, async () => (await ask(query)).found > 0);
    }
  });
});
