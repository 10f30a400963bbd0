import { parse as parseYaml, stringify } from 'yaml';
import { builtIn } from '../contracts/configuration/built-in-objectives.ts';
import type { Configuration, ServiceConfiguration } from '../contracts/configuration/configuration.ts';
import { measuredObjectives } from '../contracts/configuration/objectives.ts';
import { formatDuration, type Milliseconds, milliseconds, seconds } from '../contracts/duration.ts';
import { type EnvironmentName, environmentNames } from '../contracts/names.ts';
import { isMeasured, targetGroup } from './router/cloudwatch-metrics.ts';

/** Production's configuration as the sandbox runs it. */
export interface AdoptedConfiguration {
  /** In the form of sandbox/sluice.yaml, with `${…}` for the sandbox's addresses. */
  readonly text: string;
  /** What is different here, a sentence each, with the path of the key. */
  readonly notes: readonly string[];
}

export interface AdoptOptions {
  /** Whether a Prometheus runs beside it. */
  readonly monitoring: boolean;
  /** Whether steps and judgement take as long as in production. */
  readonly realTime: boolean;
}

/** A configuration as it is written, as far as something is changed in it. */
interface Written {
  github?: unknown;
  urls: unknown;
  attestations?: unknown;
  clusters?: { name: string; region?: string; account?: unknown; destination?: unknown; address?: unknown }[];
  argocd?: { namespace?: string; cluster?: unknown };
  services: WrittenService[];
}

interface WrittenService {
  environments: Record<EnvironmentName, { preview: string }>;
  traffic: { interval?: string };
  health: { every?: string; pods?: { unready?: string } };
  objectives: WrittenObjectives;
  validation?: {
    image?: { signer?: unknown; scanner?: unknown };
    compliance?: { change?: unknown };
    performance?: unknown;
  };
  bake?: string;
  versions?: string;
  postDeployment?: Partial<Record<'performance' | 'monitoring' | 'backups', unknown>>;
  notify: { page: unknown };
}

interface WrittenObjectives {
  source: unknown;
  every?: string;
  window?: string;
  scrapeInterval?: string;
  samples?: string;
  minSamples?: number;
  inconclusive?: object;
  fast?: null | { answers?: string; failures?: string };
  list: WrittenObjective[];
}

interface WrittenObjective {
  name: string;
  query?: string;
  min?: number;
  max?: number;
  unit?: string;
  for?: string;
  compare?: null | { total?: string; bad?: string };
  dryRun?: boolean;
  source?: unknown;
}

/** Adds what is different, by the path of the key below the service. */
type Note = (path: string, sentence: string) => void;

const placeholder = (name: string): string => `\${${name}}`;

/** Whether it is written as the sandbox's own configuration is: with placeholders for the addresses that only a start knows. */
export const isForSandbox = (text: string): boolean => text.includes(placeholder('console'));

/**
 * Puts the sandbox in the place of everything outside that a configuration names, and says what cannot be here as it is there. What people decide (who
 * approves, windows, steps, bounds, deadlines) stays.
 *
 * @param text a valid sluice.yaml.
 * @param configuration what it says.
 */
export function adoptConfiguration(
  text: string,
  configuration: Configuration,
  options: AdoptOptions,
): AdoptedConfiguration {
  // A valid configuration is written like this. By way of JSON nothing is shared any more that is an anchor in the file.
  const written = JSON.parse(JSON.stringify(parseYaml(text))) as Written;
  const notes: string[] = [
    'Addresses lead to this sandbox (github.apiUrl, urls, environments.*.preview): nothing outside of this machine is called.',
    'Pods are the sandbox’s demo listener, whatever their image is. It answers probes and health.checks as they expect, and any other path with 200.',
  ];
  written.github = { apiUrl: placeholder('github') };
  written.urls = { approvals: placeholder('console'), console: placeholder('console') };
  written.attestations = { trustRoots: ['trusted_root.json'] };
  for (const cluster of written.clusters ?? []) {
    delete cluster.address;
    delete cluster.account;
    delete cluster.destination;
  }
  if (written.argocd?.cluster != null) {
    notes.push(`argocd.cluster: one Argo CD is here, in the same cluster as everything else.`);
    delete written.argocd.cluster;
  }
  const clusters = [...new Set(configuration.services.map(({ cluster }) => cluster))];
  if (clusters.length > 1) notes.push(`clusters: one API server stands in for all of them (${clusters.join(', ')}).`);
  for (const [index, service] of written.services.entries()) {
    const known = configuration.services[index];
    if (known === undefined) continue;
    const note: Note = (path, sentence) => notes.push(`services[${index}].${path}: ${sentence}`);
    for (const side of environmentNames) {
      const port = placeholder(side === 'blue' ? 'previewBlue' : 'previewGreen');
      service.environments[side].preview = `${port}/${known.name}`;
    }
    replacePage(service, known, note);
    replaceObjectives(service, known, options, note);
    leaveOut(service, known, note);
    if (!options.realTime) shorten(service, known, note);
  }
  return { text: stringify(written, { lineWidth: 0 }), notes };
}

function replacePage({ notify }: WrittenService, known: ServiceConfiguration, note: Note): void {
  const { sns, on } = known.notify.page;
  const list = 'the console’s /api/sandbox/pages';
  note(
    'notify.page',
    `pages are listed at ${list}${sns === undefined ? '' : ', and those to SNS at /store of its endpoint'}.`,
  );
  notify.page = { ...(sns === undefined ? {} : { sns }), webhook: `${placeholder('console')}/api/sandbox/pages`, on };
}

/** The router's own statistics, or with `--monitoring` a Prometheus that scrapes it: nobody else measures the demo listener. */
function replaceObjectives(
  { objectives }: WrittenService,
  known: ServiceConfiguration,
  { monitoring, realTime }: AdoptOptions,
  note: Note,
): void {
  const { source } = known.objectives;
  const isOnlySource = objectives.list.every((objective) => objective.source === undefined);
  if (source.kind === 'cloudwatch' && realTime && isOnlySource && Object.values(source.metrics).every(isMeasured)) {
    keepCloudWatch(objectives, note);
    return;
  }
  const where = monitoring ? 'the Prometheus of this sandbox' : 'the sandbox’s router';
  const sooner = source.kind === 'cloudwatch' && !realTime ? ' CloudWatch’s minutes are there with --real-time.' : '';
  note('objectives.source', `readings come from ${where}.${sooner}`);
  objectives.source = monitoring
    ? {
        istio: placeholder('prometheus'),
        ...(source.kind === 'istio' && source.gateway === null ? {} : { gateway: 'istio-ingressgateway' }),
      }
    : {
        web: `${placeholder('statistics')}/statistics?service={{service}}&environment={{environment}}&window={{window}}`,
      };
  const list = objectives.list.flatMap(({ source: _, ...objective }, index) => {
    const measured = monitoring ? inPrometheus(objective) : inRouter(objective);
    const path = `objectives.list[${index}]`;
    if (measured === null) {
      const anyhow = !monitoring && readsIstio(objective.query) ? ' Istio’s metrics are there with --monitoring.' : '';
      note(path, `${objective.name} is not judged, since nothing here measures it.${anyhow}`);
    } else if (objective.query !== undefined && measured.query !== objective.query) {
      note(path, `${objective.name} is what ${where} says, and not its query.`);
    }
    return measured ?? [];
  });
  const decides = list.some(({ dryRun }) => dryRun !== true);
  if (!decides) {
    note(
      'objectives.list',
      'nothing of it that decides is measured here, so that an error rate of at most 1 % is judged in its place.',
    );
  }
  const errors = { name: 'error-rate', max: 0.01 };
  const instead = (monitoring ? inPrometheus(errors) : inRouter(errors)) ?? errors;
  objectives.list = decides ? list : [instead, ...list.filter(({ name }) => name !== errors.name)];
  if (!monitoring) {
    objectives.samples = 'requests';
    if (known.objectives.fast === null) objectives.fast = null;
    else objectives.fast = { ...objectives.fast, answers: 'requests', failures: 'errors' };
    return;
  }
  objectives.scrapeInterval = '250ms';
  if (!readsIstio(objectives.samples)) delete objectives.samples;
  if (objectives.fast && !(readsIstio(objectives.fast.answers) && readsIstio(objectives.fast.failures))) {
    delete objectives.fast.answers;
    delete objectives.fast.failures;
  }
}

/** The sandbox's CloudWatch has the router's numbers, by the minute and as late as the real one's. */
function keepCloudWatch({ source }: WrittenObjectives, note: Note): void {
  // A valid configuration is written like this.
  const { cloudwatch } = source as {
    cloudwatch: { metrics: Record<string, { dimensions?: Record<string, unknown> }> };
  };
  for (const { dimensions } of Object.values(cloudwatch.metrics)) {
    if (dimensions?.TargetGroup !== undefined) dimensions.TargetGroup = targetGroup;
  }
  note(
    'objectives.source',
    'metrics are asked of the sandbox’s CloudWatch, which has what the sandbox’s router counted, a target group for each environment.',
  );
}

const readsIstio = (query: string | undefined): boolean => query?.includes('istio_') === true;

/** An objective that Istio's metrics answer; null where its query asks for others. */
function inPrometheus(objective: WrittenObjective): WrittenObjective | null {
  if (objective.query !== undefined && !readsIstio(objective.query)) return builtInOf(objective);
  const { compare } = objective;
  const counts = [compare?.total, compare?.bad].filter((query) => query !== undefined);
  return counts.every(readsIstio) ? objective : { ...objective, compare: null };
}

/** The same without its query, where its name and unit say what is meant; null where they do not. */
function builtInOf(objective: WrittenObjective): WrittenObjective | null {
  const { query: _, compare: __, min: ___, ...named } = objective;
  const known = builtIn(objective.name);
  if (known === null || objective.max === undefined || (objective.unit ?? known.unit) !== known.unit) return null;
  // A bound in percent or milliseconds: a query of one's own may have any unit.
  if (known.unit === 'ratio' ? objective.max >= 1 : objective.max > 60) return null;
  return named;
}

/** An objective as the router's statistics answer it; null where they do not. */
function inRouter(objective: WrittenObjective): WrittenObjective | null {
  const named = builtInOf(objective);
  const known = builtIn(objective.name);
  if (named === null || known === null) return null;
  if (known.kind === 'latency') {
    const query = `latencyP${Math.round(known.quantile * 100)}`;
    return { ...named, query, unit: known.unit, compare: null };
  }
  const compare = objective.compare === null ? null : { ...objective.compare, total: 'requests', bad: 'errors' };
  return { ...named, query: 'errorRate', unit: known.unit, compare };
}

/** What the sandbox has nothing for. */
function leaveOut(written: WrittenService, known: ServiceConfiguration, note: Note): void {
  const { validation, postDeployment } = written;
  if (known.versions !== 'semver') {
    delete written.versions;
    note('versions', 'the sandbox’s releases have semantic versions.');
  }
  if (validation?.image?.scanner !== undefined && known.validation.image.scanner !== 'ecr') {
    delete validation.image.scanner;
    note('validation.image.scanner', 'the registry itself scans here.');
  }
  if (validation?.image?.signer !== undefined) {
    delete validation.image.signer;
    note('validation.image.signer', 'the sandbox’s CI signs as the workflow of trigger.');
  }
  if (validation?.performance) {
    delete validation.performance;
    note('validation.performance', 'nothing is measured on staging: the sandbox has none.');
  }
  if (validation?.compliance?.change) {
    delete validation.compliance.change;
    note('validation.compliance.change', 'no change record is asked for: the sandbox’s commits name none.');
  }
  for (const part of ['performance', 'monitoring', 'backups'] as const) {
    if (!postDeployment?.[part]) continue;
    delete postDeployment[part];
    note(`postDeployment.${part}`, 'is not looked at: nothing here measures it.');
  }
}

const sixtieth = (duration: Milliseconds, least: Milliseconds): Milliseconds =>
  milliseconds(Math.min(duration, Math.max(least, Math.round(duration / 60_000) * 1_000)));

/** Seconds for minutes, where a deployment that goes well has to wait. */
function shorten(service: WrittenService, known: ServiceConfiguration, note: Note): void {
  const { traffic, health, objectives } = service;
  const changed: string[] = [];
  const shorter = (path: string, duration: Milliseconds, least: Milliseconds): string => {
    const short = formatDuration(sixtieth(duration, least));
    if (short !== formatDuration(duration)) changed.push(`${path} ${formatDuration(duration)} is ${short}`);
    return short;
  };
  const often = (duration: Milliseconds): string => formatDuration(milliseconds(Math.min(duration, 500)));
  traffic.interval = shorter('traffic.interval', known.traffic.interval, seconds(5));
  service.bake = shorter('bake', known.bake, seconds(5));
  objectives.window = shorter('objectives.window', known.objectives.window, seconds(10));
  objectives.every = often(known.objectives.every);
  objectives.minSamples = Math.min(known.objectives.minSamples, 5);
  if (objectives.minSamples !== known.objectives.minSamples)
    changed.push(`objectives.minSamples ${known.objectives.minSamples} is ${objectives.minSamples}`);
  objectives.inconclusive = {
    ...objectives.inconclusive,
    deadline: shorter('objectives.inconclusive.deadline', known.objectives.inconclusive.deadline, seconds(30)),
  };
  const before = new Map(measuredObjectives(known.objectives).map((objective) => [objective.name, objective.for]));
  for (const objective of objectives.list) {
    const name = `objectives.list ${objective.name}.for`;
    objective.for = shorter(name, before.get(objective.name) ?? seconds(2), seconds(2));
  }
  health.every = often(known.health.every);
  health.pods = { ...health.pods, unready: shorter('health.pods.unready', known.health.pods.unready, seconds(10)) };
  if (changed.length === 0) return;
  note('traffic.interval', `seconds for minutes, or --real-time: ${changed.join(', ')}.`);
}
