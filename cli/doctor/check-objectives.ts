import { isDeepStrictEqual } from 'node:util';
import type { MetricReading, MetricsSource } from '../../adapters/metrics/metrics-source.ts';
import { builtIn } from '../../contracts/configuration/built-in-objectives.ts';
import type { Configuration, ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { slowAbove } from '../../contracts/configuration/istio-queries.ts';
import { speaksPromQl } from '../../contracts/configuration/metric-sources.ts';
import { measuredObjectives, type Objective, type ObjectiveSource } from '../../contracts/configuration/objectives.ts';
import { measuredAt } from '../../contracts/configuration/service.ts';
import { type QueryValues, renderTemplate } from '../../contracts/configuration/template.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { environmentNames } from '../../contracts/names.ts';
import { check, type Finding, looked, missing, unknown } from './finding.ts';

/** What the sources of the services' objectives answer now. Asks from where the doctor runs. */
export async function checkObjectives(
  sourceOf: (service: ServiceConfiguration) => MetricsSource,
  { services }: Pick<Configuration, 'services'>,
): Promise<readonly Finding[]> {
  const found = await Promise.all(
    services.flatMap((service) => [
      ...bySource(service).map((measured) =>
        looked(`${service.name}: its objectives`, () => checkService(sourceOf(measured), measured, service)),
      ),
      looked(`${service.name}: its measurements on staging`, () => checkPerformance(sourceOf, service)),
    ]),
  );
  return found.flat();
}

interface Asked {
  readonly path: string;
  readonly query: string;
}

/** The service as each of its sources measures it: with what is asked there, and nothing else. */
function bySource(service: ServiceConfiguration): ServiceConfiguration[] {
  const { objectives } = service;
  const at = (own: ObjectiveSource | undefined): ServiceConfiguration => {
    const isThere = ({ source }: Pick<Objective, 'source'>) => isDeepStrictEqual(source, own);
    const kept = { list: objectives.list.filter(isThere), dryRun: objectives.dryRun.filter(isThere) };
    const counts = own === undefined ? {} : { samples: null, fast: null };
    return measuredAt({ ...service, objectives: { ...objectives, ...kept, ...counts } }, own);
  };
  const [first, ...others] = [undefined, ...measuredObjectives(objectives).flatMap(({ source }) => source ?? [])];
  const distinct = others.filter((one, index) => others.findIndex((other) => isDeepStrictEqual(one, other)) === index);
  return [first, ...distinct].map(at).filter((measured) => queriesOf(measured).length > 0);
}

/** @param service as one source measures it. @param whole as it is configured. */
async function checkService(
  source: MetricsSource,
  service: ServiceConfiguration,
  whole: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const asked = queriesOf(service);
  const isOwn = service.objectives.source !== whole.objectives.source;
  const title = isOwn ? `${service.name} at ${nameOf(service)}` : service.name;
  const answers = await Promise.all(
    asked.map(async ({ path, query }) => ({
      path,
      readings: await Promise.all(valuesOf(service).map((values) => source.query(query, values))),
    })),
  );
  const what = `${title}: what its objectives ask is answered`;
  const reasons = answers.flatMap(({ readings }) => readings.flatMap(reasonOf));
  if (reasons.length === answers.length * 2 && !reasons.some(isAboutQuery)) {
    return [unknown(what, `${nameOf(service)} did not answer from here: ${reasons[0] ?? ''}`)];
  }
  const faults = answers.flatMap(({ path, readings }) => {
    const reason = readings.flatMap(reasonOf)[0];
    if (reason !== undefined) return [`${path}: ${reason}`];
    return readings.some(({ kind }) => kind === 'value')
      ? []
      : [`${path} answers nothing now, neither of blue nor of green`];
  });
  const answered = check(
    what,
    faults.length === 0 ? 'holds' : 'fails',
    faults.join('; '),
    service.objectives.source.kind === 'istio'
      ? 'Does it scrape the gateway (job envoy-stats), is the `gateway` of the source the workload of the gateway, and do requests come in? Without readings every release is inconclusive.'
      : 'Try the query there: names of metrics and labels, and whether requests come in. Without readings every release is inconclusive.',
  );
  if (!speaksPromQl(service.objectives.source)) return [answered];
  return [
    answered,
    ...(await checkRanges(source, service, asked, title)),
    ...(await checkBuckets(source, service, title)),
  ];
}

/**
 * Whether the source of `validation.performance` takes its queries. That they answer something cannot be asked: they are about a release that
 * is on staging, and nobody knows which one is.
 */
async function checkPerformance(
  sourceOf: (service: ServiceConfiguration) => MetricsSource,
  service: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const { performance, staging } = service.validation;
  if (performance === null) return [];
  const onStaging = measuredAt(service, performance.source);
  const source = sourceOf(onStaging);
  const values: QueryValues = {
    ...{
      service: service.name,
      environment: staging?.environment ?? 'staging',
      version: '',
      namespace: '',
      backend: '',
    },
    window: `${Math.max(1, Math.floor(performance.window / 1_000))}s`,
  };
  const readings = await Promise.all(performance.list.map(({ query }) => source.query(query, values)));
  const what = `${service.name}: what it measures on staging can be asked`;
  const faults = readings.flatMap((reading, at) =>
    reasonOf(reading).map((reason) => `validation.performance.list[${at}].query: ${reason}`),
  );
  if (faults.length === readings.length && !faults.some(isAboutQuery))
    return [unknown(what, `${nameOf(onStaging)} did not answer from here: ${faults[0] ?? ''}`)];
  return [
    check(
      what,
      faults.length === 0 ? 'holds' : 'fails',
      faults.join('; '),
      'Try the query there. While it is refused, every release waits for its measurement, and ends at the deadline.',
    ),
  ];
}

const nameOf = ({ objectives: { source } }: ServiceConfiguration): string =>
  source.kind === 'cloudwatch' ? `CloudWatch in ${source.region}` : source.url;

/** Everything that is asked of an environment, with its path below `objectives`. */
function queriesOf({ objectives }: ServiceConfiguration): Asked[] {
  const { samples, fast } = objectives;
  return [
    ...measuredObjectives(objectives).flatMap(({ at, query, compare }) => [
      { path: `list[${at}].query`, query },
      ...(compare === null
        ? []
        : (['total', 'bad'] as const).map((count) => ({
            path: `list[${at}].compare.${count}`,
            query: compare[count],
          }))),
    ]),
    ...(samples === null ? [] : [{ path: 'samples', query: samples }]),
    ...(fast === null
      ? []
      : (['answers', 'failures'] as const).map((count) => ({ path: `fast.${count}`, query: fast[count] }))),
  ];
}

const valuesOf = ({ name, environments, objectives }: ServiceConfiguration): QueryValues[] =>
  environmentNames.map((environment) => ({
    service: name,
    environment,
    namespace: environments[environment].namespace,
    backend: environments[environment].backend,
    version: '',
    window: `${Math.max(1, Math.floor(objectives.window / 1_000))}s`,
  }));

const reasonOf = (reading: MetricReading): string[] => (reading.kind === 'unreachable' ? [reading.reason] : []);

/** The source was there, and could not use what was asked. */
const isAboutQuery = (reason: string): boolean =>
  /refused the query|the query answers|the expression gives/.test(reason);

/** Metrics over a range: `name{…}[1m]`. */
const overRange = /([a-zA-Z_:][\w:]*\s*(?:\{[^{}]*\})?)\s*\[\s*([\da-z]+)\s*[\]:]/g;

/** A rate needs two samples: how many there are, Prometheus itself knows. */
async function checkRanges(
  source: MetricsSource,
  service: ServiceConfiguration,
  asked: readonly Asked[],
  title: string,
): Promise<readonly Finding[]> {
  const ranges = asked.flatMap(({ path, query }) =>
    valuesOf(service).flatMap((values) =>
      [...renderTemplate(query, values).matchAll(overRange)].map(([, selector = '', range = '']) => ({
        path,
        range,
        count: `max(count_over_time(${selector}[${range}]))`,
        values,
      })),
    ),
  );
  const short = await Promise.all(
    [...new Map(ranges.map((one) => [one.count, one])).values()].map(async ({ path, range, count, values }) => {
      const seen = await source.query(count, values);
      return seen.kind === 'value' && seen.value < 2 ? [`${path}: there is ${seen.value} sample in ${range}`] : [];
    }),
  );
  // Both environments are asked the same.
  const faults = [...new Set(short.flat())];
  return [
    check(
      `${title}: what it looks back over holds two scrapes`,
      faults.length === 0 ? 'holds' : 'fails',
      faults.join('; '),
      'A rate needs two samples: lengthen objectives.window (or fast.window, or the range of the query), or scrape more often.',
    ),
  ];
}

const bucketName = /\b([a-zA-Z_:][\w:]*_bucket)\b/;
/** A bucket that is named by its end: `name{…le="2500"…}`. */
const namedBucket = /([a-zA-Z_:][\w:]*_bucket\s*\{[^{}]*\ble\s*=~?[^{}]*\})/g;

/** A bound between the ends of two buckets is judged by a guess, and a bucket that is not there answers nothing. */
async function checkBuckets(
  source: MetricsSource,
  service: ServiceConfiguration,
  title: string,
): Promise<readonly Finding[]> {
  const read = measuredObjectives(service.objectives).flatMap((objective) => {
    const [, bucket] = bucketName.exec(objective.query) ?? [];
    return bucket === undefined ? [] : [{ ...objective, path: `list[${objective.at}]`, bucket }];
  });
  const [values] = valuesOf(service);
  if (read.length === 0 || values === undefined) return [];
  const isThere = async (selector: string) => (await source.query(`count(${selector})`, values)).kind === 'value';
  const found = await Promise.all(
    read.map(async ({ name, path, query, bucket, unit, max }) => {
      // Without the metric, nothing is known about its buckets.
      if (!(await isThere(bucket))) return [];
      const scale = bucket.includes('milliseconds') ? 1_000 : 1;
      const bounds = max === undefined ? [] : [unit === 'milliseconds' ? (max * scale) / 1_000 : max * scale];
      const isInBuckets = builtIn(name) !== null && scale === 1_000;
      const ends = bounds.flatMap((bound) => (isInBuckets ? slowAbove(milliseconds(bound)) : [bound]));
      const written = [...query.matchAll(namedBucket)].map(([, selector = '']) => withoutOthers(selector, bucket));
      const wanted = [
        ...(unit === 'ratio' ? [] : ends.map((end) => `${bucket}{le=~"${String(end).replace('.', '[.]')}([.]0)?"}`)),
        ...written,
      ];
      const there = await Promise.all(wanted.map(isThere));
      if (wanted.length === 0 || there.some(Boolean)) return [];
      return [
        `${path}: ${bucket} has no bucket that ends at ${unit === 'ratio' ? 'what the query names' : ends.join(' or ')}`,
      ];
    }),
  );
  const faults = found.flat();
  return [
    faults.length === 0
      ? check(`${title}: the buckets of its histograms hold its bounds`, 'holds', '', '')
      : missing(
          `${title}: the buckets of its histograms hold its bounds`,
          faults.join('; '),
          'Choose the end of a bucket, or add one: sidecar.istio.io/statsHistogramBuckets of the gateway, or the histogram of the application.',
        ),
  ];
}

/** The bucket alone, of whatever service. */
function withoutOthers(selector: string, bucket: string): string {
  const [le = ''] = /\ble\s*=~?\s*("[^"]*"|'[^']*')/.exec(selector) ?? [];
  return `${bucket}{${le}}`;
}
