import type { ApiPlan } from '../../contracts/api/plan.ts';
import { unseenOf } from '../../contracts/configuration/cloudwatch.ts';
import { measuredAt, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { PlanDeps } from '../ports.ts';
import { queryValues } from '../shift/objectives.ts';

/**
 * How many requests a second there are on both sides together: counted by the queries that count them for the judgement, else as
 * `traffic.requestsPerSecond` says; null where neither does.
 */
export async function measureTraffic(
  deps: Pick<PlanDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
): Promise<ApiPlan['traffic']> {
  const { objectives, traffic } = service;
  const compared = objectives.list.find(({ compare }) => compare !== null);
  const ofService = objectives.samples ?? objectives.fast?.answers ?? null;
  const query = ofService ?? compared?.compare?.total ?? null;
  const configured = traffic.requestsPerSecond;
  const otherwise = configured === null ? null : ({ requestsPerSecond: configured, known: 'configured' } as const);
  if (query === null) return otherwise;
  const asked = ofService === null ? measuredAt(service, compared?.source) : service;
  const source = deps.metrics(asked);
  const counts = await Promise.all(
    environmentNames.map((environment) =>
      source.query(query, queryValues(deps, service, { environment, version: '', since: null }, objectives.window)),
    ),
  );
  // An environment without traffic may have no series; that none of both has one is not knowing.
  const known = counts.flatMap((reading) => (reading.kind === 'value' ? [reading.value] : []));
  if (known.length === 0 || counts.some(({ kind }) => kind === 'unreachable')) return otherwise;
  const total = known.reduce((sum, value) => sum + value, 0);
  const requestsPerSecond = Number(
    ((total * 1_000) / (objectives.window - unseenOf(asked.objectives.source))).toPrecision(3),
  );
  return requestsPerSecond > 0 ? { requestsPerSecond, known: 'measured' } : otherwise;
}
