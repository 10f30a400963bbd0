import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Observed, observedSandbox } from '../support/observed-sandbox.ts';
import { configured, quick } from '../support/own-configuration.ts';
import { trafficClient } from '../support/traffic-client.ts';
import { patienceMs, until } from '../support/until.ts';

const objectives = parse(
  readFileSync(join(import.meta.dirname, '..', '..', 'sandbox', 'monitoring', 'objectives.yaml'), 'utf8'),
);
/** Neither an objective nor a health check notices anything while the test lasts. */
const patient = {
  objectives: {
    ...objectives,
    fast: null,
    list: objectives.list.map((objective: object) => ({ ...objective, for: '30m', compare: null })),
  },
  'health.checks': [{ name: 'ready', path: '/health', status: 200, within: '2s', failures: 100 }],
};
/** One step that lasts until something ends it. */
const held = { ...quick, 'traffic.steps': [50, 100], 'traffic.interval': '5m' };

/** Turns a version of which half of the traffic is bad, and says how long it took from the first bad answer until the last one of its side. */
async function turnBad({ sandbox, pipeline }: Observed, version: string): Promise<{ id: string; tookMs: number }> {
  const id = await pipeline.begin(version);
  await pipeline.weightReached('green', 50);
  const ask = trafficClient(sandbox.ready.traffic, sandbox.ready.host);
  await pipeline.fault({ version, errorRate: 0.2 });

  let first: number | null = null;
  let last = performance.now();
  const end = last + patienceMs;
  for (let quiet = 0; quiet < 300; quiet++) {
    const { environment, status } = await ask();
    if (environment !== 'green') continue;
    last = performance.now();
    if (last > end) throw new Error(`${version} still answers ${patienceMs} ms after it turned bad.`);
    if (status >= 500) first ??= last;
    quiet = 0;
  }
  return { id, tookMs: last - (first ?? last) };
}

const told = async ({ pipeline }: Observed) => {
  const { deliveries } = await pipeline.api<{ deliveries: { source: string; accepted: string; reason: string }[] }>(
    '/api/deliveries',
  );
  return deliveries.filter(({ source }) => source === 'alertmanager');
};

describe('a version that turns bad in the middle of its shift, seen by nothing but the rules', () => {
  const observed = observedSandbox('--monitoring', ...configured({ ...held, ...patient }));

  it('is returned by the alert that Prometheus raises and Alertmanager delivers, and on hold', async () => {
    const { id, tookMs } = await turnBad(observed, 'v3.0.1');
    const ended = await observed.pipeline.ended(id);
    const [returned, ...others] = await observed.pipeline.returns();
    const { active, environments, holds } = await observed.pipeline.service();
    process.stdout.write(`By the alert alone the traffic was back after ${(tookMs / 1000).toFixed(1)} s.\n`);

    expect(ended.outcome).toBe('rolled-back');
    expect(others).toEqual([]);
    expect(returned).toMatchObject({
      outcome: 'succeeded',
      reason: expect.stringMatching(
        /Alert HighErrorRate \(critical\): [\d.]+% of the requests to green of chest-xray-mlops fail/,
      ),
    });
    expect([active, environments.blue.weight, holds.map(({ version }) => version)]).toEqual(['blue', 100, ['v3.0.1']]);
    // The alert is over once nobody asks green any more, and the news of that changes nothing.
    const { pipeline } = observed;
    await pipeline.fault({ version: 'v3.0.1', errorRate: 0 });
    await until('the end of the alert is told', patienceMs, async () =>
      (await told(observed)).some(({ reason }) => /HighErrorRate: is resolved/.test(reason)),
    );
    expect(await pipeline.returns()).toHaveLength(1);
  });
});

describe('a version that turns bad in the middle of its shift, judged by Prometheus as well', () => {
  const observed = observedSandbox('--monitoring', ...configured({ ...held, objectives }));

  it('is returned, once', async () => {
    const { id, tookMs } = await turnBad(observed, 'v3.0.1');
    const ended = await observed.pipeline.ended(id);
    process.stdout.write(`By alert or judgement the traffic was back after ${(tookMs / 1000).toFixed(1)} s.\n`);

    expect(ended.outcome).toBe('rolled-back');
    expect((await observed.pipeline.returns()).map(({ outcome }) => outcome)).toEqual(['succeeded']);
    expect((await observed.pipeline.service()).environments.blue.weight).toBe(100);
  });
});
