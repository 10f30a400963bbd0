import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { helmBinary } from '../../sandbox/kubernetes/controllers/application/render-chart.ts';

/** An object that a chart makes; what else is read of it is checked by the test itself. */
export interface RenderedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
}

/** What Helm makes of one of the charts, as a release named `xray`. */
export async function renderChart(
  chart: 'admission' | 'gateway' | 'service',
  namespace: string,
  ...flags: string[]
): Promise<RenderedObject[]> {
  const args = ['template', 'xray', `charts/${chart}`, '-n', namespace, '--kube-version', '1.35.0', ...flags];
  const { stdout } = await promisify(execFile)(await helmBinary(), args);
  // What Helm renders are Kubernetes objects.
  return parseAllDocuments(stdout).map((document) => document.toJS() as RenderedObject);
}

/** The flags by which the chart of a service is rendered as in production, in blue. */
export const inProduction = [
  ...['values-production.yaml', 'values-blue.yaml'].flatMap((file) => ['-f', `charts/service/${file}`]),
  '--set',
  `version=v2.1.0,image.repository=registry.example.com/xray,image.digest=sha256:${'0123456789abcdef'.repeat(4)}`,
];

/** Where an object is created: below a namespace, or without one. */
export function collectionOf({ apiVersion, kind }: RenderedObject, namespace?: string): string {
  const plural = `${kind.toLowerCase().replace(/(?<=[^aeiou])y$/, 'ie')}s`;
  const place = namespace === undefined ? '' : `/namespaces/${namespace}`;
  return `${apiVersion.includes('/') ? '/apis' : '/api'}/${apiVersion}${place}/${plural}`;
}
