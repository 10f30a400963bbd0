import { unseenOf } from '../../contracts/configuration/cloudwatch.ts';
import { measuredAt, type PerformanceRules, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type QueryValues, renderTemplate } from '../../contracts/configuration/template.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { formatInstant, later, parseInstant } from '../../contracts/instant.ts';
import type { Measured, MeasuredBeside } from '../../contracts/records/measured.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ReleaseRecord } from '../../contracts/records/release.ts';
import { performanceChecks } from '../../core/release/performance.ts';
import type { ValidationCheck } from '../../core/release/validate.ts';
import type { ObserveDeps } from '../ports.ts';
import { linkTo } from '../shift/look-after.ts';

type OnStaging = Pick<ReleaseRecord, 'evidence' | 'measured'> & {
  readonly release: Pick<ReleaseRecord['release'], 'version'>;
};

/**
 * What a release and the live one have measured on staging, each over the window that began with its own deployment there: the same answer whenever
 * it is asked, also once staging has gone on to the next release. What is known is not asked for again. Null where nothing is to be measured.
 *
 * @param before what an earlier look has found.
 */
export async function measurePerformance(
  deps: Pick<ObserveDeps, 'metrics' | 'now' | 'store'>,
  service: ServiceConfiguration,
  known: OnStaging,
  live: OperationRecord['live'],
  before: MeasuredBeside | null,
): Promise<MeasuredBeside | null> {
  const { performance } = service.validation;
  if (performance === null) return null;
  const measure = (one: OnStaging, earlier: Measured | null) =>
    measureOne(deps, service, performance, { ...one, earlier: [one.measured, earlier] });
  const measureLive = async ({ version, digest }: NonNullable<typeof live>): Promise<Measured> => {
    const record = await deps.store.releases.read(service.name, digest);
    return record === null ? { version, until: null, readings: [] } : measure(record, before?.live ?? null);
  };
  const [release, beside] = await Promise.all([
    measure(known, before?.release ?? null),
    live === null ? null : measureLive(live),
  ]);
  return { release, live: beside };
}

async function measureOne(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  rules: PerformanceRules,
  {
    release: { version },
    evidence: { staging },
    earlier,
  }: OnStaging & { readonly earlier: readonly (Measured | null)[] },
): Promise<Measured> {
  const since = staging?.state === 'success' ? (staging.since ?? null) : null;
  if (since === null) return { version, until: null, readings: [] };
  const at = later(since, milliseconds(rules.window + unseenOf(rules.source)));
  const until = formatInstant(at);
  const values = valuesOf(service, rules, version);
  const kept = earlier.flatMap((one) => (one?.version === version && one.until === until ? one.readings : []));
  const source = deps.metrics(measuredAt(service, rules.source));
  const isOver = deps.now() >= at;
  const readings = await Promise.all(
    rules.list.map(async ({ name, query }): Promise<Measured['readings']> => {
      const asked = renderTemplate(query, values);
      const known = kept.find((one) => one.asked === asked && one.reading.kind === 'value');
      if (known !== undefined) return [{ ...known, name }];
      return isOver ? [{ name, asked, reading: await source.query(query, values, { at }) }] : [];
    }),
  );
  return { version, until, readings: readings.flat() };
}

/** The checks of what was measured, each with the page where a person sees the same. */
export function judgePerformance(service: ServiceConfiguration, measured: MeasuredBeside | null): ValidationCheck[] {
  const { performance: rules, staging } = service.validation;
  if (rules === null) return [];
  return rules.list.flatMap((rule) => {
    const until = measured?.release.until ?? null;
    const url =
      measured === null || until === null
        ? null
        : linkTo(measuredAt(service, rules.source), valuesOf(service, rules, measured.release.version), {
            query: rule.query,
            until: parseInstant(until),
          });
    return performanceChecks(rule, measured, staging?.environment ?? 'staging').map((check) =>
      url === null ? check : { ...check, url },
    );
  });
}

const valuesOf = (
  { name, validation: { staging } }: ServiceConfiguration,
  { window }: PerformanceRules,
  version: string,
): QueryValues => ({
  service: name,
  environment: staging?.environment ?? 'staging',
  version,
  // The schema takes no query and no address with these: staging is neither blue nor green.
  namespace: '',
  backend: '',
  window: `${Math.max(1, Math.floor(window / 1_000))}s`,
});
