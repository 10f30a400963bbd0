import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

/** A chart and what Argo CD renders it with. */
export interface ChartToRender {
  /** Text files of the chart by their path in it. */
  readonly files: ReadonlyMap<string, string>;
  readonly releaseName: string;
  readonly namespace: string;
  /** Paths in the chart, in Helm's order: a later one wins. */
  readonly valueFiles: readonly string[];
}

export type Rendered =
  | { kind: 'rendered'; objects: readonly unknown[] }
  /** In Helm's own words, or since there is no Helm. */
  | { kind: 'unknown'; reason: string };

/** Renders charts, to show what changes in what the cluster gets. */
export interface Manifests {
  render(chart: ChartToRender): Promise<Rendered>;
}

const run = promisify(execFile);
/** ms */
const timeout = 10_000;
const mostBytes = 4 << 20;

/**
 * Renders with `helm template`, which asks no cluster and gets none of this function's environment.
 *
 * @param program path or name of Helm. Lambda has none: there each chart is `unknown`, and says so.
 */
export function createHelm(program: string): Manifests {
  return {
    async render({ files, releaseName, namespace, valueFiles }) {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-manifests-'));
      try {
        const chart = join(folder, 'chart');
        for (const [path, content] of files) {
          const file = join(chart, normalize(`/${path}`));
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, content);
        }
        const values = valueFiles.flatMap((file) => ['--values', join(chart, normalize(`/${file}`))]);
        const args = ['template', releaseName, chart, '--namespace', namespace, '--include-crds', ...values];
        const homes = { HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
        const { stdout } = await run(program, args, {
          env: { PATH: process.env.PATH, HOME: folder, ...homes },
          timeout,
          maxBuffer: mostBytes,
        });
        return { kind: 'rendered', objects: objectsIn(stdout) };
      } catch (error) {
        return { kind: 'unknown', reason: reasonOf(error, folder) };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function objectsIn(stdout: string): unknown[] {
  return parseAllDocuments(stdout).flatMap((document) => {
    const [problem] = document.errors ?? [];
    if (problem !== undefined) throw problem;
    const object: unknown = document.toJS();
    return object === null ? [] : [object];
  });
}

function reasonOf(error: unknown, folder: string): string {
  // What execFile rejects with carries the system's code and what the program wrote.
  const { code, stderr = '', message = String(error) } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === 'ENOENT') return 'there is no Helm where the evidence is gathered';
  const words = stderr.trim() || message.split('\n', 1)[0] || 'Helm failed';
  return words
    .replaceAll(`${folder}/`, '')
    .replace(/^Error: /, '')
    .replaceAll('\n', ' ')
    .slice(0, 300);
}
