import type { ApiMetrics, DeliveryMetrics, Spread } from '../../contracts/api/metrics.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { operationStates } from '../../contracts/operation.ts';
import { amount, durationWords, timeWords } from '../../contracts/words.ts';
import { table } from './table.ts';

/** The metrics of a time, a column for each service and one for all. */
export function metricsLines({ from, to, all, services }: ApiMetrics): string[] {
  const columns = [
    ...services.map(({ service, metrics }) => ({ name: service, metrics })),
    ...(services.length === 1 ? [] : [{ name: 'ALL', metrics: all }]),
  ];
  const rows = metricsRows(columns.map(({ metrics }) => metrics));
  return [
    `From ${timeWords(from)} to ${timeWords(to)}:`,
    ...table([['', ...columns.map(({ name }) => name)], ...rows]).map((line) => `  ${line}`),
  ];
}

/** What is told of each of them, a row for each metric: its name, and a cell for each. */
export function metricsRows(columns: readonly DeliveryMetrics[]): string[][] {
  const row = (name: string, of: (metrics: DeliveryMetrics) => string) => [name, ...columns.map(of)];
  const states = operationStates.filter((state) => columns.some(({ phases }) => phases[state] != null));
  return [
    row('Deployments', ({ deployments }) => deploymentWords(deployments)),
    row('Deployment frequency', ({ deploymentFrequency }) => perDay(deploymentFrequency)),
    row('Lead time', ({ leadTime }) => spreadWords(leadTime)),
    row('Change failure rate', ({ changeFailureRate }) => shareWords(changeFailureRate)),
    row('Time to restore', ({ timeToRestore }) => spreadWords(timeToRestore)),
    row('Success rate', ({ successRate }) => shareWords(successRate)),
    row(
      'Returns',
      ({ rollbacks, rollbackFrequency }) =>
        `${perDay(rollbackFrequency)} (${rollbacks.automatic} automatic, ${rollbacks.emergency} emergency, ${rollbacks.planned} planned)`,
    ),
    ...states.map((state) => row(state, ({ phases }) => spreadWords(phases[state] ?? null))),
  ];
}

const deploymentWords = ({ began, open, outcomes }: DeliveryMetrics['deployments']): string => {
  const parts = [
    ...Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`),
    ...(open === 0 ? [] : [`${open} open`]),
  ];
  return parts.length === 0 ? String(began) : `${began} (${parts.join(', ')})`;
};

const nothing = '-';
const perDay = (frequency: number): string => `${amount(frequency, undefined, 2)} a day`;
const shareWords = (share: number | null): string => (share === null ? nothing : amount(share, 'ratio'));
const spreadWords = (spread: Spread | null): string =>
  spread === null
    ? nothing
    : `${durationWords(milliseconds(spread.median))}, p90 ${durationWords(milliseconds(spread.p90))}`;
