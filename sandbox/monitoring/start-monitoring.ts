import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { seconds } from '../../contracts/duration.ts';
import { alertmanagerOf } from '../../core/monitoring/alertmanager.ts';
import { type AlertLimits, rulesOf, usualLimits } from '../../core/monitoring/service-rules.ts';
import { findOnPath } from '../find-on-path.ts';
import { UsageError } from '../flags.ts';
import { runServer } from './run-server.ts';

export interface Monitoring {
  readonly prometheus: string;
  readonly alertmanager: string;
  close(): Promise<void>;
}

export interface MonitoringOptions {
  readonly programs: MonitoringPrograms;
  readonly ports: Readonly<Record<'prometheus' | 'alertmanager', number>>;
  readonly dataDir: string;
  readonly configuration: Pick<Configuration, 'services' | 'argocd'>;
  /** The router's second port: Istio's metrics. */
  readonly router: string;
  /** Sluice's own address: its webhook and its metrics. */
  readonly console: string;
  readonly tokens: Readonly<Record<'alertmanager' | 'api', string>>;
  readonly log: (line: string) => void;
}

/** Paths of both programs. */
export type MonitoringPrograms = Readonly<Record<'prometheus' | 'alertmanager', string>>;

/** Looks for both on the PATH, under Debian's names and their own. @throws {UsageError} saying what is missing and how to get it. */
export async function findMonitoring(): Promise<MonitoringPrograms> {
  const [prometheus, alertmanager] = await Promise.all([
    findOnPath('prometheus'),
    findOnPath('prometheus-alertmanager', 'alertmanager'),
  ]);
  if (prometheus !== undefined && alertmanager !== undefined) return { prometheus, alertmanager };
  const missing = [
    ...(prometheus === undefined ? ['prometheus'] : []),
    ...(alertmanager === undefined ? ['prometheus-alertmanager'] : []),
  ];
  throw new UsageError(
    `--monitoring starts Prometheus and Alertmanager, and there is no ${missing.join(' and no ')} on the PATH. Debian and Ubuntu have packages of these names. Without --monitoring the sandbox reads its router's own statistics.`,
  );
}

/** Production's minutes, in seconds. */
const limits: AlertLimits = { ...usualLimits, for: seconds(1), window: seconds(5) };
const often = '250ms';

/**
 * Starts a real Prometheus that scrapes the router and Sluice and evaluates the rules that `sluice monitoring` prints, and a real Alertmanager
 * with the configuration that it prints. What they remember is of this run only: the counters that they read begin anew, too.
 */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const { programs, ports, dataDir, configuration, router, console, tokens, log } = options;
  const folder = join(dataDir, 'monitoring');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const write = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };
  const listen = (port: number) => `--web.listen-address=127.0.0.1:${port}`;

  const credentialsFile = await write('alertmanager-token', tokens.alertmanager);
  const receivers = alertmanagerOf(
    { services: configuration.services, urls: { approvals: console, console } },
    { credentialsFile, everybody: 'nobody' },
  );
  const alertmanager = await runServer({
    program: programs.alertmanager,
    args: [
      `--config.file=${await write('alertmanager.yaml', stringify(receivers))}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      // It has no peers.
      '--cluster.listen-address=',
      listen(ports.alertmanager),
    ],
    log,
  });
  try {
    const scraped = (endpoint: string) => [{ targets: [new URL(endpoint).host] }];
    const rules = await write('rules.yaml', stringify(rulesOf(configuration, limits)));
    const file = await write(
      'prometheus.yaml',
      stringify({
        global: { scrape_interval: often, scrape_timeout: often, evaluation_interval: often },
        rule_files: [rules],
        alerting: { alertmanagers: [{ static_configs: scraped(alertmanager.endpoint) }] },
        scrape_configs: [
          { job_name: 'envoy-stats', static_configs: scraped(router) },
          {
            job_name: 'sluice',
            scrape_interval: '5s',
            scrape_timeout: '5s',
            authorization: { credentials_file: await write('api-token', tokens.api) },
            static_configs: scraped(console),
          },
        ],
      }),
    );
    const prometheus = await runServer({
      program: programs.prometheus,
      args: [
        `--config.file=${file}`,
        `--storage.tsdb.path=${join(folder, 'prometheus')}`,
        '--storage.tsdb.retention.time=6h',
        listen(ports.prometheus),
      ],
      log,
    });
    return {
      prometheus: prometheus.endpoint,
      alertmanager: alertmanager.endpoint,
      close: async () => {
        await Promise.all([prometheus.close(), alertmanager.close()]);
      },
    };
  } catch (error) {
    await alertmanager.close();
    throw error;
  }
}
