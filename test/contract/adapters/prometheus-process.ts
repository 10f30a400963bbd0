import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { areInstalled } from '../../support/are-installed.ts';
import { patienceMs, until } from '../../support/until.ts';

/** Whether Prometheus is installed on this machine, with the tool that fills its storage. */
export const hasPrometheus = areInstalled('prometheus', 'promtool');

export interface PrometheusProcess {
  readonly url: string;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/**
 * Starts a real Prometheus on a free port that holds these samples (OpenMetrics with timestamps) and scrapes nothing.
 *
 * @param alerting more of its configuration, and the file `rules.yml` beside it.
 */
export async function startPrometheus(
  samples: string,
  alerting: { readonly configuration: string; readonly rules: string } = { configuration: '', rules: '' },
): Promise<PrometheusProcess> {
  if (!hasPrometheus)
    throw new Error('prometheus and promtool are not on the PATH. Debian’s package prometheus has both.');
  const folder = await mkdtemp(join(tmpdir(), 'sluice-prometheus-'));
  const storage = join(folder, 'data');
  await writeFile(join(folder, 'samples.txt'), samples);
  await writeFile(join(folder, 'prometheus.yml'), `scrape_configs: []\n${alerting.configuration}`);
  await writeFile(join(folder, 'rules.yml'), alerting.rules);
  const fill = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', join(folder, 'samples.txt'), storage];
  await promisify(execFile)('promtool', fill);

  let printed = '';
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${storage}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const ended = once(child, 'exit');
  const close = async () => {
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await until('Prometheus is ready', patienceMs, async () => {
      if (child.exitCode !== null) throw new Error(`Prometheus ended with ${child.exitCode}:\n${printed}`);
      const [, address] = /msg="Listening on".* address=(\S+)/.exec(printed) ?? [];
      const ready = address && (await fetch(`http://${address}/-/ready`).catch(() => null));
      return ready ? (ready.ok ? `http://${address}` : null) : null;
    });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
