import { type Command, InvalidArgumentError } from 'commander';
import { type ApiMetrics, metricsSchema } from '../../contracts/api/metrics.ts';
import type { ApiOperationSummary } from '../../contracts/api/operation.ts';
import { seconds } from '../../contracts/duration.ts';
import { addServiceCommand, parseMoment } from '../options.ts';
import { metricsLines } from '../output/metrics-lines.ts';
import { reportLines } from '../output/report-lines.ts';
import { readAllOperations } from '../read-pages.ts';
import { openSession, print, type Session, type SharedFlags } from '../session.ts';
import type { World } from '../world.ts';

interface MetricsFlags extends SharedFlags {
  readonly since: string;
  readonly until?: string;
}

interface ReportFlags extends SharedFlags {
  readonly month: string;
}

/** `sluice metrics` and `sluice report` */
export function addMetrics(program: Command, world: World): void {
  addServiceCommand(program, {
    name: 'metrics',
    summary:
      'Show DORA’s metrics of each service and of all: deployment frequency, lead time, change failure rate, time to restore. Also the success rate, returns of traffic, and how long each phase takes.',
    examples: [
      'metrics',
      'metrics --since 90d --service chest-xray-mlops',
      'metrics --since 2026-10-01 --until 2026-11-01',
    ],
  })
    .option('--since <when>', 'the beginning: a time, or how long ago', parseMoment, '30d')
    .option('--until <when>', 'the end; now by default', parseMoment)
    .action(async (flags: MetricsFlags) => {
      const session = await openSession(world, flags);
      print(session, await readMetrics(session, flags), metricsLines);
    });

  addServiceCommand(program, {
    name: 'report',
    summary: 'Print the report of a month as Markdown: its metrics by service, and every operation.',
    examples: ['report --month 2026-10', 'report --month 2026-10 --service chest-xray-mlops'],
  })
    .requiredOption('--month <month>', 'which one, e.g. 2026-10', parseMonth)
    .action(async (flags: ReportFlags) => {
      const session = await openSession(world, flags);
      const time = { since: `${flags.month}-01`, until: monthAfter(flags.month) };
      const [metrics, operations]: [ApiMetrics, readonly ApiOperationSummary[]] = await Promise.all([
        readMetrics(session, { ...flags, ...time }),
        readAllOperations(session, time),
      ]);
      print(session, { month: flags.month, metrics, operations }, reportLines);
    });
}

function readMetrics(session: Session, { since, until }: MetricsFlags): Promise<ApiMetrics> {
  const service = session.flags.service ?? session.world.env.SLUICE_SERVICE;
  const query = new URLSearchParams({ since, ...(until ? { until } : {}), ...(service ? { service } : {}) });
  return session.api.get(`/api/metrics?${query}`, metricsSchema, { within: seconds(30) });
}

function parseMonth(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new InvalidArgumentError('It must be a month like 2026-10.');
}

/** The first day of the month after: `2026-12` → `2027-01-01`. */
function monthAfter(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 10);
}
