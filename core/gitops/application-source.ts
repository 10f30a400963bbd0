import { createHash } from 'node:crypto';
import { configure } from 'safe-stable-stringify';
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

/**
 * Why an Application delivers something else than a chart of the service's deploy repository, as a sentence; null when it does that. What others
 * put in beside it (more sources, another folder, a plugin) nobody would be shown.
 */
export function foreignSource(
  application: string,
  { spec }: Sourced,
  { repository, path }: { readonly repository: string; readonly path: string },
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
