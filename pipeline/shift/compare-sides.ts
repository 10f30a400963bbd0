import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { type Reason, withMore } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import {
  compareSides as compare,
  type SideComparison,
  type SideObservation,
} from '../../core/judgement/compare-sides.ts';
import { measuredSince } from '../../core/judgement/look-back.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import { runningRelease } from '../../core/workload/running-release.ts';
import { note, sluice } from '../operation/audited.ts';
import { findService, idOf } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { createDatabaseBudget } from '../return/database-budget.ts';
import { seeWorkload } from '../standby/see-workload.ts';
import { runCheck } from '../standby/verify-health.ts';
import { readObjectives } from './objectives.ts';

/** So long a look at both sides waits for the database: it looks at the cluster and the metrics, and people are paged after it (rule 6). */
const databaseBudget = seconds(2);

/**
 * Looks at both environments, for an alert that does not say which is bad, and for one about the origin of a shift (I7). `one-bad` names
 * the bad one; everything else is for people, who are paged with `reason`. Without the database nobody knows since when readings count, and
 * what was found is told, not noted.
 */
export async function compareSides(
  deps: ObserveDeps,
  command: { execution: Execution; service: string; reason: Reason },
): Promise<ResultOf<'compare-sides'>> {
  const service = findService(deps.configuration, command.service);
  const budget = createDatabaseBudget(databaseBudget);
  const holder = (await budget.ask(() => deps.store.locks.read(service.name)))?.holder ?? null;
  const since = holder === null ? null : await budget.ask(() => sinceOf(deps, holder));
  const comparison = await lookAtSides(deps, service, { operation: idOf(command.execution), since });
  const reason = withMore(command.reason, `; ${inWords(comparison)}`);
  if (holder !== null) {
    const found = { operation: holder, action: 'compare-sides', actor: sluice, reason, details: comparison };
    await createDatabaseBudget(databaseBudget).ask(() => note(deps, found));
  }
  return comparison.kind === 'one-bad'
    ? { outcome: 'one-bad', environment: comparison.bad, reason }
    : { outcome: 'undecided', reason };
}

async function sinceOf({ store }: ObserveDeps, id: string): Promise<Instant | null> {
  const operation = await store.operations.read(id);
  if (operation === null) return null;
  const returned = operation.related === null ? null : await store.operations.read(operation.related);
  return measuredSince(operation, returned);
}

/** For whom a look is, which its probes tell, and since when readings count; null: ever. */
export interface Look {
  readonly operation: string;
  readonly since: Instant | null;
  /** Names of the alerts that fire, by side: such a side counts as bad. */
  readonly alerting?: Readonly<Partial<Record<EnvironmentName, readonly string[]>>>;
}

/** Both environments now: health, and every objective where there is traffic. */
export async function lookAtSides(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  look: Look,
): Promise<SideComparison> {
  const { weights } = await deps.cluster(service).router.read({ purpose: 'return' });
  const side = async (environment: EnvironmentName): Promise<SideObservation> => ({
    ...(weights[environment] > 0
      ? await observeSide(deps, service, environment, look)
      : { ...(await observeHealth(deps, service, environment, look)), readings: null }),
    alerts: look.alerting?.[environment] ?? [],
  });
  const [blue, green] = await Promise.all([side('blue'), side('green')]);
  return compare(service.objectives.list, { blue, green });
}

/** An environment's pods and its health checks, each once. */
export async function observeHealth(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  environment: EnvironmentName,
  { operation }: Pick<Look, 'operation'>,
) {
  const [seen, ...checks] = await Promise.all([
    seeWorkload(deps.cluster(service), service, environment),
    ...service.health.checks.map((check) =>
      runCheck(deps, service, environment, { ...check, consecutive: 1 }, operation),
    ),
  ]);
  const serves = readyForWeight(seen, { digest: null, needed: 1 }).kind === 'ready';
  const healthy = serves && checks.every(({ result }) => result === 'pass');
  return { serves, healthy, checks, version: runningRelease(seen, service.name)?.version ?? '' };
}

/** The same, and every objective. */
export async function observeSide(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  environment: EnvironmentName,
  look: Look,
) {
  const seen = await observeHealth(deps, service, environment, look);
  const { since } = look;
  return { ...seen, ...(await readObjectives(deps, service, { environment, version: seen.version, since })) };
}

export function inWords(comparison: SideComparison): string {
  switch (comparison.kind) {
    case 'none-bad':
      return 'compared, neither side is bad now';
    case 'one-bad':
      return `compared, ${comparison.bad} is bad (${comparison.reasons.join(', ')})`;
    case 'both-bad':
      return `compared, both sides are bad (${comparison.reasons.join(', ')}), ${comparison.lessBad ?? 'neither'} clearly less`;
    case 'inconclusive':
      return `compared, it is unclear which side is bad (${comparison.reasons.join(', ')})`;
  }
}
