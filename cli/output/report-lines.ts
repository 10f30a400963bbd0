import type { ApiMetrics } from '../../contracts/api/metrics.ts';
import type { ApiOperationSummary } from '../../contracts/api/operation.ts';
import { oneLine } from '../../contracts/one-line.ts';
import { timeWords } from '../../contracts/words.ts';
import { metricsRows } from './metrics-lines.ts';
import { versionOf } from './operation-lines.ts';

export interface Report {
  readonly month: string;
  readonly metrics: ApiMetrics;
  /** Newest first. */
  readonly operations: readonly ApiOperationSummary[];
}

/** The report of a month as Markdown. */
export function reportLines({ month, metrics, operations }: Report): string[] {
  const columns = [
    ...metrics.services,
    ...(metrics.services.length === 1 ? [] : [{ service: 'all', metrics: metrics.all }]),
  ];
  return [
    `# Deployments in ${month}`,
    '',
    `From ${timeWords(metrics.from)} to ${timeWords(metrics.to)}. Times are the median and the 90th percentile.`,
    '',
    '## Metrics',
    '',
    ...markdownTable(['', ...columns.map(({ service }) => service)], metricsRows(columns.map((one) => one.metrics))),
    '',
    '## Operations',
    '',
    ...(operations.length === 0
      ? ['There were none.']
      : markdownTable(
          ['Started', 'Service', 'Kind', 'Version', 'Outcome', 'By', 'Reason', 'Operation'],
          operations
            .toReversed()
            .map((one) => [
              timeWords(one.startedAt),
              one.service,
              one.kind,
              versionOf(one) ?? '-',
              one.outcome ?? one.state,
              one.actor,
              one.outcome === 'succeeded' ? '' : (one.reason ?? ''),
              one.id,
            ]),
        )),
  ];
}

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  lineOf(head),
  lineOf(head.map(() => '---')),
  ...rows.map(lineOf),
];

const lineOf = (cells: readonly string[]): string => `| ${cells.map(cellOf).join(' | ')} |`;

/** What people and others wrote stays in its cell, and makes no markup. */
const cellOf = (text: string): string => oneLine(text).replace(/[\\|<>`*_[\]]/g, (found) => `\\${found}`);
