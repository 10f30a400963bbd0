import { measuredAt, type ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { CheckResult, OperationRecord } from '../../contracts/records/operation.ts';
import { judgePresence } from '../../core/judgement/presence.ts';
import { clusterPage } from '../../core/release/pages.ts';
import type { ObserveDeps } from '../ports.ts';
import { linkTo, lookAtWatchers } from './look-after.ts';
import { lookAtRoom } from './look-at-room.ts';
import { queryValues, readAll } from './objectives.ts';

const advisory = true as const;

/**
 * Before anybody is asked: whether a shift could be judged at all, by what is live now, who would notice afterwards, and whether there is room for
 * the pods. It refuses nothing, since all of it may have come back by the time that matters; approvers see it.
 */
export async function lookAhead(
  deps: Pick<ObserveDeps, 'cluster' | 'configuration' | 'metrics' | 'now'>,
  service: ServiceConfiguration,
  live: OperationRecord['live'],
): Promise<readonly CheckResult[]> {
  if (live === null) return [];
  const { environment, version } = live;
  const values = queryValues(deps, service, { environment, version, since: null }, service.objectives.window);
  const [measured, watchers, room] = await Promise.all([
    readAll(deps, service, values),
    lookAtWatchers(deps, service, values),
    lookAtRoom(deps.cluster(service), service, live),
  ]);
  const { verdict, reason } = judgePresence(service.objectives.list, measured);
  const { dryRun } = service.objectives;
  const dry = judgePresence(dryRun, { ...measured, samples: null });
  const [first] = service.objectives.list;
  const url = first === undefined ? null : linkTo(measuredAt(service, first.source), values, { query: first.query });
  const inCluster = clusterPage(deps.configuration.clusters, service.cluster);
  const at = new Date(deps.now()).toISOString();
  return [
    { name: `metrics of ${environment}`, result: verdict, reason, at, advisory, ...(url === null ? {} : { url }) },
    ...(dryRun.length === 0
      ? []
      : [{ name: `metrics of ${environment} (dry run)`, result: dry.verdict, reason: dry.reason, at, advisory }]),
    { ...room, at, advisory, ...(inCluster === null ? {} : { url: inCluster }) },
    // What a failure leads to is for after the bake.
    ...watchers.map(({ onFailure: _, ...check }) => ({ ...check, advisory })),
  ];
}
