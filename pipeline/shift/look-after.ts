import { speaksPromQl } from '../../contracts/configuration/metric-sources.ts';
import { measuredAt, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type QueryValues, renderTemplate, renderUrlTemplate } from '../../contracts/configuration/template.ts';
import type { Consequence } from '../../contracts/consequence.ts';
import { hours } from '../../contracts/duration.ts';
import { type Instant, instant, parseInstant } from '../../contracts/instant.ts';
import type { CheckResult } from '../../contracts/records/operation.ts';
import { timeWords } from '../../contracts/words.ts';
import {
  besideFormer,
  type Finding,
  judgeAlertmanagers,
  judgeBackup,
  judgeRules,
  judgeTargets,
  wasLive,
} from '../../core/judgement/post-deployment.ts';
import { type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { queryValues, readAll, targetOf } from './objectives.ts';

const hour = hours(1);

/**
 * One look at all that `postDeployment` asks for of a release that has all of the traffic, all at once. What cannot be asked is inconclusive;
 * nothing is waited for.
 */
export async function lookAfter(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<readonly CheckResult[]> {
  const { performance, monitoring, backups } = service.postDeployment;
  const target = targetOf(operation);
  if (target === null) return [];
  const values = queryValues(deps, service, target, hour);
  const metrics = deps.metrics(service);
  const check = checkOf(deps, service, values);
  const looks: Promise<CheckResult>[] = backups.map((backup) =>
    check(
      `backup ${backup.name}`,
      backup.onFailure,
      { query: backup.query },
      metrics.query(backup.query, values).then((reading) => judgeBackup(backup, reading, deps.now())),
    ),
  );
  if (performance !== null) {
    const finding = compareWithFormer(deps, { operation, service }, performance, values);
    const [first] = service.objectives.list;
    const page = first === undefined ? null : { query: first.query };
    const checkAt = checkOf(deps, measuredAt(service, first?.source), values);
    looks.push(checkAt('performance beside the previous release', performance.onFailure, page, finding));
  }
  if (monitoring !== null && monitoring.targets !== null) {
    const { onFailure, targets } = monitoring;
    const [all, up] = [`count(${targets}) or vector(0)`, `sum(${targets}) or vector(0)`];
    const readings = Promise.all([metrics.query(all, values), metrics.query(up, values)]);
    const finding = readings.then(([all, up]) => judgeTargets({ all, up }));
    looks.push(check('monitoring targets', onFailure, { query: targets }, finding));
  }
  const [found, watchers] = await Promise.all([Promise.all(looks), lookAtWatchers(deps, service, values)]);
  return [...found, ...watchers];
}

/** Whether Prometheus would notice, and tell somebody, where `postDeployment.monitoring` asks for that: of either release the same. */
export async function lookAtWatchers(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  values: QueryValues,
): Promise<readonly CheckResult[]> {
  const { monitoring } = service.postDeployment;
  if (monitoring === null) return [];
  const { onFailure, rules, alertmanager } = monitoring;
  const metrics = deps.metrics(service);
  const check = checkOf(deps, service, values);
  return Promise.all([
    ...(rules === null ? [] : [check('alert rules', onFailure, 'rules', lookAtRules(metrics, rules, values))]),
    ...(alertmanager ? [check('Alertmanager', onFailure, 'status', lookAtAlertmanagers(metrics, values))] : []),
  ]);
}

const checkOf =
  (deps: Pick<ObserveDeps, 'now'>, service: ServiceConfiguration, values: QueryValues) =>
  async (
    name: string,
    onFailure: Consequence,
    page: Parameters<typeof linkTo>[2],
    finding: Promise<Finding>,
  ): Promise<CheckResult> => {
    const { verdict, reason } = await finding;
    const url = linkTo(service, values, page);
    return { name, result: verdict, reason, at: timestamp(deps), onFailure, ...(url === null ? {} : { url }) };
  };

type Metrics = ReturnType<ObserveDeps['metrics']>;

const noPrometheus = { verdict: 'inconclusive', reason: 'the source of metrics is not Prometheus' } as const;

async function lookAtRules(metrics: Metrics, wanted: readonly string[], values: QueryValues): Promise<Finding> {
  const loaded = await metrics.rules?.(values);
  if (loaded === undefined) return noPrometheus;
  return loaded.kind === 'value'
    ? judgeRules(wanted, loaded.value)
    : { verdict: 'inconclusive', reason: loaded.reason };
}

async function lookAtAlertmanagers(metrics: Metrics, values: QueryValues): Promise<Finding> {
  const [active, errors] = await Promise.all([
    metrics.alertmanagers?.(values),
    metrics.query('sum(increase(prometheus_notifications_errors_total[10m]))', values),
  ]);
  if (active === undefined) return noPrometheus;
  return active.kind === 'value'
    ? judgeAlertmanagers(active.value, errors)
    : { verdict: 'inconclusive', reason: active.reason };
}

async function compareWithFormer(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  rule: NonNullable<ServiceConfiguration['postDeployment']['performance']>,
  values: QueryValues,
): Promise<Finding> {
  const { live } = operation;
  if (live === null) return { verdict: 'inconclusive', reason: 'nothing was live before' };
  const at = instant(deps.now() - rule.offset);
  const known = await deps.store.releases.read(service.name, live.digest);
  // What nobody validated was live before Sluice came: its record says when it was taken note of, not since when it was live.
  const since = known?.validatedAt == null || known.succeededAt === null ? null : parseInstant(known.succeededAt);
  if (since !== null && !wasLive(since, at)) {
    const reason = `${live.version} was not live yet at ${timeWords(at)}, so there is nothing to compare with`;
    return { verdict: 'inconclusive', reason };
  }
  const { namespace } = service.environments[live.environment];
  // As far back as the new release is measured, so that both counts are over the same length of time.
  const former = { ...values, environment: live.environment, namespace, version: live.version };
  const [now, observed] = await Promise.all([readAll(deps, service, values), readAll(deps, service, former, { at })]);
  return besideFormer(rule, service.objectives, now, { version: live.version, at, observed });
}

/** Where a person sees the same; null where the source is no page for people. */
export function linkTo(
  { objectives: { source } }: { readonly objectives: Pick<ServiceConfiguration['objectives'], 'source'> },
  values: QueryValues,
  page: { readonly query: string; readonly until?: Instant } | 'rules' | 'status' | null,
): string | null {
  // Amazon's workspaces answer signed requests only.
  if (page === null || source.kind === 'cloudwatch' || source.auth?.kind === 'sigv4') return null;
  const base = renderUrlTemplate(source.url, values).replace(/\/$/, '');
  if (!speaksPromQl(source)) return base;
  if (typeof page === 'string') return `${base}/${page}`;
  const range =
    page.until === undefined
      ? {}
      : { 'g0.end_input': timeWords(page.until).replace('Z', ''), 'g0.range_input': values.window };
  const shown = { 'g0.expr': renderTemplate(page.query, values), 'g0.tab': '0', ...range };
  return `${base}/graph?${new URLSearchParams(shown)}`;
}
