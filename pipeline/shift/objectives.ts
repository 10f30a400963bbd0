import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { CheckResult, OperationRecord } from '../../contracts/records/operation.ts';
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
): Promise<{ evaluation: Evaluation; check: CheckResult }> {
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
  return { evaluation, check };
}

/** What the source says of every objective for an environment now. */
export async function readObjectives(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  { environment, version, since }: MeasuredSide,
): Promise<Observed> {
  const { objectives } = service;
  const source = deps.metrics(service);
  const values = {
    service: service.name,
    environment,
    namespace: service.environments[environment].namespace,
    version,
    window: lookBack(objectives.window, since, deps.now()),
  };
  const [samples, ...readings] = await Promise.all([
    objectives.samples === null ? null : source.query(objectives.samples, values),
    ...objectives.list.map((objective) => source.query(objective.query, values)),
  ]);
  return {
    readings: Object.fromEntries(objectives.list.map(({ name }, index) => [name, readings[index] ?? noData])),
    samples,
  };
}

const noData = { kind: 'no-data' } as const;
