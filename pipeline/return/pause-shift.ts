import { unavailable } from '../../adapters/shared/dependency-errors.ts';
import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { longestReason } from '../../contracts/failure-reason.ts';
import { formatInstant } from '../../contracts/instant.ts';
import type { AlertTrigger } from '../../contracts/trigger.ts';
import { openPause } from '../../core/traffic/fence.ts';
import { areWeights } from '../../core/traffic/weights.ts';
import { audited } from '../operation/audited.ts';
import { actorOf } from '../operation/register-operation.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import { resumedAtOf } from '../shift/pause-on-route.ts';
import { markActedOn } from './acted-on.ts';
import type { DatabaseBudget } from './database-budget.ts';
import type { Situation } from './situation.ts';

/** What came of a pause that was demanded. Only what did happen is told (I14): `what` was paused, and a sentence of it. */
export type PauseOutcome =
  | { kind: 'paused' | 'paused-before'; operation: string; what: string; told: string }
  /** Nothing is at work that could be paused. */
  | { kind: 'nothing-at-work'; what: string; told: string }
  | { kind: 'conflict' };

/**
 * Stops the weights of what is at work from rising (I7): on the route first, so that no slow database loses it, then in its record. An
 * operation that has not claimed the route yet has its record alone, which it reads before it moves anything.
 *
 * @throws {DependencyUnavailable} when neither could be written.
 */
export async function pauseShift(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  asked: {
    service: ServiceConfiguration;
    live: LiveRoute;
    situation: Situation | null;
    trigger: AlertTrigger;
    reason: string;
    /** Id of what asks. */
    by: string;
  },
): Promise<PauseOutcome> {
  const { service, live, situation, trigger } = asked;
  const reason = asked.reason.slice(0, longestReason);
  const running = situation?.running ?? null;
  const { fence } = live;
  const isSplit = live.weights.blue > 0 && live.weights.green > 0;
  // Without the database the route itself tells who is at work.
  const id = running?.id ?? (situation === null && isSplit ? fence?.operation : undefined);
  if (id === undefined)
    return {
      kind: 'nothing-at-work',
      what: 'nothing: no operation in progress is known',
      told:
        situation === null
          ? 'nothing was paused: the database does not answer, and the route shows no operation in progress'
          : 'no operation is in progress, so nothing was paused',
    };
  const name = running === null ? `operation ${id}` : `${running.kind} ${id}`;

  const mark = (done: { operation: string; at: string }) =>
    markActedOn(deps, budget, trigger, { ...done, action: 'pause', by: asked.by });
  const onRoute = openPause(live, id, running === null ? null : resumedAtOf(running));
  if (onRoute !== null || (running !== null && running.pausedBecause !== null)) {
    const pausedAt = running?.pausedAt ?? onRoute?.at ?? null;
    // The alert that made the pause stays the one that made it, when it is repeated.
    const before = situation?.alert?.actedOn ?? null;
    const made = onRoute?.alert.by === asked.by || (before?.operation === id && before.at === pausedAt);
    const at = made && pausedAt !== null ? pausedAt : formatInstant(deps.now());
    await mark({ operation: id, at });
    return { kind: 'paused-before', operation: id, what: `${name}, once`, told: `${name} is already paused` };
  }

  const at = formatInstant(deps.now());
  const changes = { pausedBecause: reason, pausedAt: at };
  if (fence === null || fence.operation !== id || !areWeights(live.weights)) {
    await mark({ operation: id, at });
    const written = await budget.ask(() =>
      audited(deps, { operation: id, action: 'pause', actor: actorOf(trigger), reason }, () =>
        deps.store.operations.update(id, changes),
      ),
    );
    if (written === 'ended') return { kind: 'conflict' };
    if (written !== null) return { kind: 'paused', operation: id, what: name, told: `${name} is paused` };
    throw unavailable({
      dependency: 'DynamoDB',
      attempted: `pausing ${name}`,
      reason: 'it has not claimed the route, and its record could not be written in time',
    });
  }
  const alert = {
    environment: trigger.environment,
    fingerprint: trigger.fingerprint,
    startsAt: formatInstant(trigger.startsAt),
    by: asked.by,
  };
  const intent = { operation: id, action: 'pause', actor: actorOf(trigger), reason, wanted: { onRoute: true } };
  const write = {
    weights: live.weights,
    fence: { ...fence, paused: { at, reason, alert } },
    resourceVersion: live.resourceVersion,
  };
  const { router } = deps.cluster(service);
  const written = await audited(deps, intent, () => router.write(write, { purpose: 'return' }), budget.ask);
  if (written.kind === 'conflict') return { kind: 'conflict' };
  // In this order: a record that is not paused yet takes both over from the route.
  await mark({ operation: id, at });
  await budget.ask(() => deps.store.operations.update(id, changes));
  return { kind: 'paused', operation: id, what: name, told: `${name} is paused, on the route itself` };
}
