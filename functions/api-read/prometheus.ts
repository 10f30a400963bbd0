import type { ApiMetrics, DeliveryMetrics, Spread } from '../../contracts/api/metrics.ts';
import { whileFrozen } from '../../contracts/words.ts';

/** What `/metrics` answers, and what it is. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

/** What an alert is about, whatever the time that is counted (core/monitoring/series.ts has the names). */
export interface ServiceNow {
  readonly service: string;
  readonly frozen: boolean;
  readonly stuck: readonly string[];
}

/**
 * The metrics of a time as Prometheus reads them. They are gauges: each is about the whole of that time, which moves on, so that a rate of them says
 * nothing. What there is nothing of has no sample.
 */
export async function exposeMetrics(
  { from, to, services }: ApiMetrics,
  now: readonly ServiceNow[],
): Promise<Exposition> {
  // Only who scrapes needs it: it is not loaded with the function (docs/adr/0016).
  const { Gauge, Registry } = await import('prom-client');
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Gauge({ name: `sluice_${name}`, help, labelNames: ['service', ...labelNames], registers: [registry] });
  const spreads = (name: string, help: string, of: (metrics: DeliveryMetrics) => Spread | null) => {
    const seconds = gauge(name, help, ['statistic']);
    for (const { service, metrics } of services) setSpread(seconds, { service }, of(metrics));
  };
  const value = (name: string, help: string, of: (metrics: DeliveryMetrics) => number | null) => {
    const single = gauge(name, help, []);
    for (const { service, metrics } of services) {
      const found = of(metrics);
      if (found !== null) single.set({ service }, found);
    }
  };

  new Gauge({
    name: 'sluice_window_seconds',
    help: 'Length of the time that these metrics are about, up to now.',
    registers: [registry],
  }).set((Date.parse(to) - Date.parse(from)) / 1_000);
  const frozen = gauge('service_frozen', `1 while the service is frozen. ${whileFrozen}`, []);
  const overdue = gauge('operations_overdue', 'Operations that are beyond their deadline and have not ended.', []);
  for (const { service, frozen: isFrozen, stuck } of now) {
    frozen.set({ service }, isFrozen ? 1 : 0);
    overdue.set({ service }, stuck.length);
  }
  const deployments = gauge('deployments', 'Deployments that began in the window, by outcome; open: not ended.', [
    'outcome',
  ]);
  const rollbacks = gauge('rollbacks', 'Returns that moved traffic, by who asked: automatic, emergency, planned.', [
    'cause',
  ]);
  const phases = gauge('phase_seconds', 'How long deployments were in each state.', ['state', 'statistic']);
  for (const { service, metrics } of services) {
    deployments.set({ service, outcome: 'open' }, metrics.deployments.open);
    for (const [outcome, count] of Object.entries(metrics.deployments.outcomes))
      deployments.set({ service, outcome }, count);
    for (const [cause, count] of Object.entries(metrics.rollbacks)) rollbacks.set({ service, cause }, count);
    for (const [state, spread] of Object.entries(metrics.phases)) setSpread(phases, { service, state }, spread);
  }
  value('deployment_frequency_per_day', 'Deployments that succeeded, per day.', (one) => one.deploymentFrequency);
  value('rollback_frequency_per_day', 'Returns that moved traffic, per day.', (one) => one.rollbackFrequency);
  value(
    'change_failure_ratio',
    'Of the deployments with traffic, those that had to be taken back.',
    (one) => one.changeFailureRate,
  );
  value('deployment_success_ratio', 'Of the deployments that ended, those that succeeded.', (one) => one.successRate);
  spreads('lead_time_seconds', 'From the commit to the end of the deployment that succeeded.', (one) => one.leadTime);
  spreads(
    'time_to_restore_seconds',
    'From the start of a return that nobody had planned until the traffic was back.',
    (one) => one.timeToRestore,
  );
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Median and 90th percentile, in seconds. */
function setSpread<Labels extends object>(
  gauge: { set(labels: Labels & { statistic: string }, value: number): void },
  labels: Labels,
  spread: Spread | null | undefined,
): void {
  if (spread == null) return;
  gauge.set({ ...labels, statistic: 'median' }, spread.median / 1_000);
  gauge.set({ ...labels, statistic: 'p90' }, spread.p90 / 1_000);
}
