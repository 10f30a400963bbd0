import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import {
  compareSides as compare,
  type SideComparison,
  type SideObservation,
} from '../../core/judgement/compare-sides.ts';
import { note, sluice } from '../shared/audited.ts';
import { findService, idOf } from '../shared/operation-context.ts';
import { readLive } from '../shared/read-live.ts';
import type { ObserveDeps } from './deps.ts';
import { runCheck } from './health.ts';
import { readObjectives } from './judging.ts';

/**
 * Looks at both environments, for an alert that does not say which is bad, and for one about the origin of a shift (I7). `one-bad` names
 * the bad one; everything else is for people, who are paged with `reason`.
 */
export async function compareSides(
  deps: ObserveDeps,
  command: { execution: Execution; service: string; reason: string },
): Promise<
  { outcome: 'one-bad'; environment: EnvironmentName; reason: string } | { outcome: 'undecided'; reason: string }
> {
  const service = findService(deps.configuration, command.service);
  const [comparison, lock] = await Promise.all([
    lookAtSides(deps, service, idOf(command.execution)),
    deps.store.locks.read(service.name),
  ]);
  const reason = `${command.reason}; ${inWords(comparison)}`;
  if (lock.holder !== null) {
    await note(deps, { operation: lock.holder, action: 'compare-sides', actor: sluice, reason, details: comparison });
  }
  return comparison.kind === 'one-bad'
    ? { outcome: 'one-bad', environment: comparison.bad, reason }
    : { outcome: 'undecided', reason };
}

/** Both environments now: health, and every objective where there is traffic. */
export async function lookAtSides(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  operation: string,
): Promise<SideComparison> {
  const { weights } = await deps.cluster(service).router.read();
  const [blue, green] = await Promise.all([
    observe(deps, service, 'blue', weights.blue, operation),
    observe(deps, service, 'green', weights.green, operation),
  ]);
  return compare(service.objectives.list, { blue, green });
}

async function observe(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  environment: EnvironmentName,
  weight: number,
  operation: string,
): Promise<SideObservation> {
  const [running, ...checks] = await Promise.all([
    readLive(deps.cluster(service), service, environment),
    ...service.health.checks.map((check) =>
      runCheck(deps, service, environment, { ...check, consecutive: 1 }, operation),
    ),
  ]);
  const healthy = running !== null && running.ready > 0 && checks.every(({ result }) => result === 'pass');
  if (weight === 0) return { healthy, readings: null };
  const version = running?.version ?? '';
  const { readings } = await readObjectives(deps, service, environment, version);
  return { healthy, readings };
}

export function inWords(comparison: SideComparison): string {
  switch (comparison.kind) {
    case 'none-bad':
      return 'compared, neither side is bad now';
    case 'one-bad':
      return `compared, ${comparison.bad} is bad (${comparison.reasons.join(', ')})`;
    case 'both-bad':
      return `compared, both sides are bad (${comparison.reasons.join(', ')})`;
    case 'inconclusive':
      return `compared, it cannot be said which side is bad (${comparison.reasons.join(', ')})`;
  }
}
