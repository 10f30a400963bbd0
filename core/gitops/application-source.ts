import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { oneLine, shortLine } from '../../contracts/one-line.ts';
import type { DeliveredSource } from '../../contracts/records/subject.ts';
import { isSecretName } from '../approvals/secret-names.ts';

interface HelmSource {
  readonly valueFiles?: readonly string[] | undefined;
  readonly parameters?:
    | readonly { readonly name?: string | undefined; readonly value?: string | undefined }[]
    | undefined;
  readonly fileParameters?:
    | readonly { readonly name?: string | undefined; readonly path?: string | undefined }[]
    | undefined;
  readonly values?: string | undefined;
  readonly valuesObject?: unknown;
}

/** What is read of a source of an Argo CD Application (`spec.source` of argoproj.io/v1alpha1). */
export interface ApplicationSource {
  readonly repoURL?: string | undefined;
  readonly path?: string | undefined;
  readonly helm?: HelmSource | undefined;
}

/** What is read of an Application to know what it delivers. */
export interface Sourced {
  readonly metadata?: { readonly name?: string | undefined } | undefined;
  readonly spec?: {
    readonly source?: ApplicationSource | undefined;
    readonly sources?: readonly unknown[] | undefined;
    /** Argo CD renders from there, where it stands. */
    readonly sourceHydrator?: unknown;
    readonly destination?:
      | {
          readonly server?: string | undefined;
          readonly name?: string | undefined;
          readonly namespace?: string | undefined;
        }
      | undefined;
  };
}

const canonical = configure({ deterministic: true, strict: true });

/**
 * What an Application makes of the commit that it is pinned to, beside that commit: which folder, which values over it. People are shown it
 * and approve it (I3). Names of the environment are left out, so that two that are made alike are the same one.
 */
export function deliveredSource({ spec }: Sourced, environment: string): DeliveredSource {
  const { targetRevision: _, ...source }: ApplicationSource & { targetRevision?: unknown } = spec?.source ?? {};
  const whole = canonical({ source, sources: spec?.sources ?? [] }) ?? '';
  const { valueFiles = [], parameters = [], fileParameters = [], values = '', valuesObject } = source.helm ?? {};
  const shown = (name: string, value: string, sign = '=') =>
    shortLine(`${name}${sign}${isSecretName(name) ? '(hidden)' : value}`, longestShown);
  // In JSON and YAML alike a line has one name.
  const lines = [values, valuesObject == null ? '' : JSON.stringify(valuesObject, null, 2)]
    .flatMap((text) => text.split('\n'))
    .filter((line) => /[^\s{}[\],]/.test(line))
    .map((line) => {
      const [, name = '', value = ''] = /^\s*(?:- )?["']?([\w./-]+)["']?\s*:(.*)$/.exec(line) ?? [];
      return name === '' ? shortLine(line.trim(), longestShown) : shown(name, value.trim().replace(/,$/, ''), ': ');
    });
  const usual = ['valueFiles', 'parameters', 'fileParameters', 'values', 'valuesObject', 'releaseName'];
  return {
    repository: oneLine(source.repoURL ?? ''),
    path: source.path ?? '',
    valueFiles: valueFiles.map(oneLine),
    parameters: [
      ...parameters.map(({ name = '', value = '' }) => shown(name, value)),
      ...fileParameters.map(({ name = '', path = '' }) => shown(name, `(file ${path})`)),
    ],
    inline:
      lines.length > mostLines ? [...lines.slice(0, mostLines), `and ${lines.length - mostLines} more lines`] : lines,
    others: Object.keys(source.helm ?? {}).filter((key) => !usual.includes(key)),
    sha256: createHash('sha256')
      .update(whole.replace(new RegExp(`(?<![a-z])${environment}(?![a-z])`, 'gi'), '{environment}'))
      .digest('hex'),
  };
}

const longestShown = 200;
const mostLines = 40;

/** `chart of https://…/deploy.git with values-green.yaml; parameters a=b; values of its own: c: d` */
export function sourceWords({ repository, path, valueFiles, parameters, inline, others }: DeliveredSource): string {
  return [
    `${path} of ${repository} with ${valueFiles.join(', ') || 'no value files'}`,
    ...(parameters.length === 0 ? [] : [`parameters ${parameters.join(', ')}`]),
    ...(inline.length === 0 ? [] : [`values of its own: ${inline.join('; ')}`]),
    ...(others.length === 0 ? [] : [`and ${others.join(', ')}`]),
  ].join('; ');
}

/** What the Application of an environment has to deliver, and where to. */
export interface WantedDelivery {
  readonly gitops: { readonly repository: string; readonly path: string };
  readonly namespace: string;
  /** What the Application has to call the cluster; null: the one that it is in. */
  readonly cluster: string | null;
}

export const wantedDelivery = (
  { gitops, environments, argocd }: Pick<ServiceConfiguration, 'gitops' | 'environments' | 'argocd'>,
  environment: EnvironmentName,
): WantedDelivery => ({ gitops, namespace: environments[environment].namespace, cluster: argocd.destination });

/**
 * Why an Application delivers something else than a chart of the service's deploy repository, or to somewhere else than its environment, as a
 * sentence; null when it does neither. What others put in beside the chart (more sources, another folder, a plugin) nobody would be shown, and
 * where it goes nobody would be asked: another namespace may be the one that has the traffic.
 */
export function foreignDelivery(application: string, read: Sourced, wanted: WantedDelivery): string | null {
  return foreignSource(application, read, wanted.gitops) ?? foreignDestination(application, read, wanted);
}

/** What Argo CD calls the cluster that it is in itself. */
const itsOwn = { server: 'https://kubernetes.default.svc', name: 'in-cluster' } as const;

/** The second half of that alone: where an Application delivers to. */
export function foreignDestination(
  application: string,
  { spec }: Pick<Sourced, 'spec'>,
  { namespace, cluster }: Pick<WantedDelivery, 'namespace' | 'cluster'>,
): string | null {
  const { server = '', name = '', namespace: into = '' } = spec?.destination ?? {};
  const told = (what: string, correct: string) => `Application ${application} delivers to ${what}. ${correct}`;
  // An Application may leave the namespace to its chart, which people approve.
  if (into !== '' && into !== namespace)
    return told(`the namespace ${oneLine(into)}`, `This environment is in ${namespace}: correct spec.destination.`);
  const words = oneLine(server === '' ? name : server);
  if (cluster !== null) {
    if (server === cluster || (server === '' && name === cluster)) return null;
    const found = words === '' ? 'no cluster' : `the cluster ${words}`;
    return told(found, `This environment is in ${cluster}, by clusters[].destination of sluice.yaml.`);
  }
  if (words === '' || server === itsOwn.server || (server === '' && name === itsOwn.name)) return null;
  const way = `If that is this service’s own cluster, write it as its clusters[].destination in sluice.yaml; otherwise correct the Application.`;
  return told(`the cluster ${words}`, way);
}

function foreignSource(
  application: string,
  { spec }: Sourced,
  { repository, path }: WantedDelivery['gitops'],
): string | null {
  const told = (what: string) =>
    `Application ${application} ${what}. What people approve is the folder ${path} of ${repository}: correct its source.`;
  if ((spec?.sources ?? []).length > 0) return told('has several sources');
  if (spec?.sourceHydrator != null) return told('has a `sourceHydrator`');
  const { source } = spec ?? {};
  if (source === undefined) return told('has no source');
  const other = Object.keys(source).find((key) => ['chart', 'kustomize', 'directory', 'plugin', 'ref'].includes(key));
  if (other !== undefined) return told(`has a source with \`${other}\``);
  if (!isRepository(source.repoURL ?? '', repository))
    return told(`takes its source from ${oneLine(source.repoURL ?? '')}`);
  if (trimmed(source.path ?? '') !== trimmed(path)) return told(`takes the folder ${oneLine(source.path ?? '')}`);
  const { valueFiles = [], fileParameters = [] } = source.helm ?? {};
  const outside = [...valueFiles, ...fileParameters.map(({ path: file = '' }) => file)].find((file) =>
    /^[a-z][a-z\d+.-]*:|^\/|\$|(^|\/)\.\.(\/|$)/i.test(file),
  );
  return outside === undefined ? null : told(`reads values from ${oneLine(outside)}, outside its chart`);
}

/** `owner/name`, whatever way leads to it: https, ssh, or Git's short form. */
const isRepository = (url: string, repository: string): boolean =>
  url
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split(/[/:]/)
    .slice(-2)
    .join('/')
    .toLowerCase() === repository.toLowerCase();

const trimmed = (path: string): string => path.replace(/^\.?\/+|\/+$/g, '');
