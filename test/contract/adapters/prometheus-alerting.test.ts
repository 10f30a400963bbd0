import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusSource } from '../../../adapters/metrics/prometheus-source.ts';
import { hours } from '../../../contracts/duration.ts';
import { instant } from '../../../contracts/instant.ts';
import { patienceMs, until } from '../../support/until.ts';
import { hasPrometheus, type PrometheusProcess, startPrometheus } from './prometheus-process.ts';

const values = {
  ...{ service: 'chest-xray-mlops', environment: 'green', namespace: 'production-green' },
  ...{ version: 'v2.1.0', backend: 'chest-xray-mlops', window: '90s' },
};
const configuration = `
global: { evaluation_interval: 1s }
rule_files: [rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{ targets: ['127.0.0.1:9'] }]
`;
/** One that works, one that cannot be evaluated, and one that alerts nobody. */
const rules = `
groups:
  - name: chest-xray
    rules:
      - { alert: HighErrorRate, expr: errors > 1 }
      - { alert: Ambiguous, expr: 'errors / on(nothing) errors > 1' }
      - { record: job:errors, expr: errors }
`;

// In CI it has to be there, and its absence fails.
const isRun = hasPrometheus || Boolean(process.env.CI);
const whySkipped = isRun ? '' : ' (skipped: prometheus and promtool are not on the PATH)';

(isRun ? describe : describe.skip)(`a real Prometheus, asked about its alerting and its past${whySkipped}`, () => {
  let prometheus: PrometheusProcess;
  const now = Date.now();
  beforeAll(async () => {
    const series = (name: string) =>
      [hours(24), 0].map((ago) => `errors{pod="${name}"} ${ago === 0 ? 2 : 1} ${(now - ago) / 1_000}`).join('\n');
    const samples = `# TYPE errors gauge\n${series('a')}\n${series('b')}\n# EOF\n`;
    prometheus = await startPrometheus(samples, { configuration, rules });
  });
  afterAll(() => prometheus?.close());

  it('has loaded the rules that alert, and says which of them cannot be evaluated', async () => {
    const source = createPrometheusSource({ url: prometheus.url });

    const loaded = await until('both were evaluated', patienceMs, async () => {
      const told = await source.rules?.(values);
      return told?.kind === 'value' && told.value.some(({ failure }) => failure !== null) ? told.value : null;
    });

    expect(loaded).toEqual([
      { name: 'HighErrorRate', failure: null },
      { name: 'Ambiguous', failure: expect.stringContaining('duplicate series') },
    ]);
  });

  it('says how many Alertmanagers it has', async () => {
    const source = createPrometheusSource({ url: prometheus.url });

    const told = await until('they are discovered', patienceMs, async () => {
      const active = await source.alertmanagers?.(values);
      return active?.kind === 'value' && active.value > 0 ? active : null;
    });

    expect(told).toEqual({ kind: 'value', value: 1 });
  });

  it('is asked as of a day ago', async () => {
    const source = createPrometheusSource({ url: prometheus.url });

    const then = await source.query('sum(errors)', values, { at: instant(now - hours(24)) });

    expect(then).toEqual({ kind: 'value', value: 2 });
    expect(await source.query('sum(errors)', values, { at: instant(now) })).toEqual({ kind: 'value', value: 4 });
  });
});
