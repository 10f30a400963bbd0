import type { MetricsSource, QueryOptions } from '../../adapters/metrics/metrics-source.ts';
import { measuredObjectives, type Objective } from '../../contracts/configuration/objectives.ts';
import { measuredAt, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { QueryValues } from '../../contracts/configuration/template.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { CheckResult, OperationRecord } from '../../contracts/records/operation.ts';
import { judgeAnswers } from '../../core/judgement/fast-path.ts';
import {
  type Evaluation,
  type JudgementState,
  judge as judgeOnce,
  type Observed,
  unjudged,
} from '../../core/judgement/judge.ts';
import { lookBack, measuredSince } from '../../core/judgement/look-back.ts';
import type { ObserveDeps } from '../ports.ts';

/** An environment whose objectives are measured, the version that runs there, and since when what is measured counts; null: ever. */
export interface MeasuredSide {
  readonly environment: EnvironmentName;
  readonly version: string;
  readonly since: Instant | null;
}

/** The target of an operation, with its release. Null before it has one. */
export function targetOf(operation: OperationRecord): MeasuredSide | null {
  const { target, release } = operation;
  if (target === null) return null;
  return { environment: target, version: release?.version ?? '', since: measuredSince(operation) };
}

/** The origin of a shift, with what was live there when it began. */
export function originOf(operation: OperationRecord): MeasuredSide | null {
  const { origin, live } = operation;
  return origin === null
    ? null
    : { environment: origin, version: live?.version ?? '', since: measuredSince(operation) };
}

/** One evaluation of all objectives for an environment, and how people see it. */
export async function evaluate(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  side: MeasuredSide,
  state: JudgementState | null,
): Promise<{ evaluation: Evaluation; check: CheckResult; observed: Observed }> {
  const { objectives } = service;
  const observed = await readObjectives(deps, service, side);
  const now = deps.now();
  const evaluation = judgeOnce(objectives, observed, state ?? unjudged, now);
  const check = {
    name: `objectives on ${side.environment}`,
    result: evaluation.verdict,
    reason: evaluation.reasons.join('; '),
    at: new Date(now).toISOString(),
  };
  return { evaluation, check, observed };
}

/** What the source says of every objective for an environment now. */
export async function readObjectives(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  side: MeasuredSide,
): Promise<Observed> {
  return readAll(deps, service, queryValues(deps, service, side, service.objectives.window));
}

/** So long what only runs dry is waited for: nothing that decides is to wait longer for it. */
const dryRunBudget = seconds(1);

/** What the source says of every objective, also of those that only run dry, with these values for the placeholders; now unless as of another time. */
export async function readAll(
  deps: Pick<ObserveDeps, 'metrics'>,
  service: ServiceConfiguration,
  values: QueryValues,
  options: QueryOptions = {},
): Promise<Observed> {
  const { samples: counted } = service.objectives;
  const measured = measuredObjectives(service.objectives);
  const source = deps.metrics(service);
  const [samples, ...readings] = await Promise.all([
    counted === null ? null : source.query(counted, values, options),
    ...measured.map((objective) =>
      sourceFor(deps, service, objective).query(
        objective.query,
        values,
        objective.dryRun ? { ...options, within: dryRunBudget } : options,
      ),
    ),
  ]);
  return {
    readings: Object.fromEntries(measured.map(({ name }, index) => [name, readings[index] ?? noData])),
    samples,
  };
}

/** Where an objective of a service is measured. */
export const sourceFor = (
  deps: Pick<ObserveDeps, 'metrics'>,
  service: ServiceConfiguration,
  objective: Pick<Objective, 'source'>,
): MetricsSource => deps.metrics(measuredAt(service, objective.source));

/**
 * One look at the fast path of an environment, and how people see it. Null where it is off.
 */
export async function lookAtAnswers(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  side: MeasuredSide,
): Promise<CheckResult | null> {
  const { fast } = service.objectives;
  if (fast === null) return null;
  const source = deps.metrics(service);
  const values = queryValues(deps, service, side, fast.window);
  const [answers, failures] = await Promise.all([
    source.query(fast.answers, values),
    source.query(fast.failures, values),
  ]);
  const { verdict, reason } = judgeAnswers(fast, { answers, failures });
  return {
    name: `answers on ${side.environment}`,
    result: verdict,
    reason,
    at: new Date(deps.now()).toISOString(),
  };
}

/** What the placeholders of a query stand for. */
export const queryValues = (
  deps: Pick<ObserveDeps, 'now'>,
  service: ServiceConfiguration,
  { environment, version, since }: MeasuredSide,
  window: Milliseconds,
): QueryValues => ({
  service: service.name,
  environment,
  namespace: service.environments[environment].namespace,
  backend: service.environments[environment].backend,
  version,
  window: lookBack(window, since, deps.now()),
});

const noData = { kind: 'no-data' } as const;
