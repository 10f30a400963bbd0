import { unavailable } from '../../adapters/shared/dependency-errors.ts';
import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { InvalidInput, StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { type Reason, withMore } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import type { RollbackTrigger } from '../../contracts/trigger.ts';
import { decideReturn, looksAtDestination, type SidesSeen } from '../../core/rollback/decide-return.ts';
import { isDeployedFirst, isPlanned } from '../../core/rollback/is-planned.ts';
import { planReturn, type Toward } from '../../core/rollback/plan-return.ts';
import { decideTakeOver } from '../../core/traffic/take-over.ts';
import { audited } from '../operation/audited.ts';
import { findService, idOf, timestamp } from '../operation/operation-context.ts';
import { actorOf, registerOperation } from '../operation/register-operation.ts';
import type { ReturnTrafficDeps, ServiceCluster } from '../ports.ts';
import { isFenceLost, noteFenceLost } from '../shift/fence-lost.ts';
import { claimRoute } from '../shift/fenced-route.ts';
import { seeWorkload } from '../standby/see-workload.ts';
import { abortOf } from './abort-of.ts';
import { markActedOn, markAnswered } from './acted-on.ts';
import { createDatabaseBudget, type DatabaseBudget } from './database-budget.ts';
import { readDeadReturn } from './dead-return.ts';
import { endOvertaken, hasEndedMeanwhile } from './overtaken.ts';
import { pauseShift } from './pause-shift.ts';
import { readSituation, type Situation } from './situation.ts';
import { stopReturned } from './stop-returned.ts';
import { withinDeadline } from './within-deadline.ts';

const ATTEMPTS = 5;
const nothingSeen = { deployment: null, pods: [] };
const neitherSeen = { there: nothingSeen, left: nothingSeen };
const cold = 'the destination has no capacity ready, and without the database it cannot be given any';

interface ReturnCommand {
  readonly execution: Execution;
  readonly service: string;
  readonly trigger: RollbackTrigger;
}

/** Rule 6 in one task. Whatever it cannot reach but the cluster, it does without. */
export function returnTraffic(deps: ReturnTrafficDeps, command: ReturnCommand): Promise<ResultOf<'return-traffic'>> {
  const { execution, trigger } = command;
  // A deployment that returns its own traffic, since no rollback could be started, began long ago.
  const isOwn = 'operation' in trigger && trigger.operation === idOf(execution);
  if (isOwn || isPlanned(trigger)) return takeBack(deps, command);
  return withinDeadline(deps, command, () => takeBack(deps, command));
}

async function takeBack(deps: ReturnTrafficDeps, command: ReturnCommand): Promise<ResultOf<'return-traffic'>> {
  const { execution, trigger } = command;
  const service = findService(deps.configuration, command.service);
  if (trigger.kind === 'person' && isPlanned(trigger)) {
    await registerOperation(deps, { execution, service, trigger, kind: 'rollback', reason: trigger.reason });
    return { outcome: 'planned' };
  }
  const budget = createDatabaseBudget(deps.databaseBudget);
  const cluster = deps.cluster(service);
  const id = idOf(execution);

  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [[read], known] = await Promise.all([
      Promise.allSettled([cluster.router.read({ purpose: 'return' })]),
      budget.ask(() => readSituation(deps.store, service, id, trigger)),
    ]);
    if (read.status === 'rejected') {
      // Who has aborted it need not wait until the cluster can be read, since nothing moves any more.
      const aborted = known?.own?.kind === 'rollback' ? abortOf(known.own) : null;
      if (aborted === null) throw read.reason;
      return { outcome: 'undecided', reason: aborted };
    }
    const live = read.value;
    const situation = known && { ...known, deadReturn: await readDeadReturn(deps, budget, { command, live, known }) };
    const question = { trigger, live, situation, service, operation: id, now: deps.now() };
    const plan = planReturn(question);
    const own = situation?.own ?? null;
    // A repetition, after it was decided that the wanted release is deployed first.
    if (own !== null && own.outcome === null && isDeployedFirst(own.trigger)) return { outcome: 'planned' };
    const seen =
      plan.kind === 'toward' && looksAtDestination(question, plan)
        ? await seeSides(cluster, service, plan)
        : neitherSeen;
    const decision = decideReturn(question, plan, seen);
    if (decision.kind === 'pause') {
      // Only an alert asks for a pause.
      if (trigger.kind !== 'alert') return { outcome: 'ignored', reason: decision.reason };
      const pause = await pauseShift(deps, budget, {
        service,
        live,
        situation,
        trigger,
        reason: decision.reason,
        by: id,
      });
      if (pause.kind === 'conflict') continue;
      const told = withMore(decision.reason, `; ${pause.told}`);
      await recordAnswer(deps, budget, command, { accepted: 'paused', reason: `${pause.what}: ${decision.reason}` });
      if (pause.kind === 'nothing-at-work') {
        await markActedOn(deps, budget, trigger, { operation: id, action: 'page', by: id, at: timestamp(deps) });
      }
      return { outcome: 'paused', reason: told };
    }
    if (decision.kind === 'ignore') {
      await recordAnswer(deps, budget, command, { accepted: 'ignored', reason: decision.reason });
      await markAnswered(deps, budget, { trigger, situation, by: id });
      await endOvertaken(deps, budget, situation?.own ?? null, decision.reason);
      return { outcome: 'ignored', reason: decision.reason };
    }
    if (decision.kind === 'refuse') {
      return { outcome: 'refused', ending: 'failed-validation', reason: decision.reason };
    }
    if (decision.kind === 'deploy-first') return deployFirst(deps, budget, command, service);
    const { destination, reason, related } = decision;
    if (await hasEndedMeanwhile(deps, budget, situation, id)) continue;
    const epoch = await takeLock(deps, budget, { ...decision, execution, service, trigger, situation, live });
    if (epoch === null) continue;

    await budget.ask(() =>
      deps.store.operations.update(id, {
        target: destination,
        origin: otherEnvironment(destination),
        epoch,
        reason,
        related,
        ...(decision.release === null ? {} : { release: decision.release }),
      }),
    );
    await noteLostFence(deps, budget, { operation: id, live, situation });
    if (decision.kind === 'stay') {
      await claimRoute(cluster.router, { operation: id, epoch, adopted: 'before' }, 'return');
      await stopReturned(deps, situation?.running ?? null, id);
      return { outcome: decision.because, reason };
    }
    if (decision.readiness === 'cold') {
      // Raising the capacity takes minutes and a record; until the database is back there is nobody to fence it for.
      if (budget.exhausted)
        throw unavailable({ dependency: 'DynamoDB', attempted: 'recording the return', reason: cold });
      return { outcome: 'cold', reason };
    }
    const moved = await takeRouteOver(deps, budget, {
      service,
      live,
      epoch,
      operation: id,
      destination,
      trigger,
      reason,
    });
    if (moved === 'conflict') continue;
    if (trigger.kind === 'alert') {
      const operation = related ?? id;
      await markActedOn(deps, budget, trigger, { operation, action: 'return', by: id, at: timestamp(deps) });
    }
    await stopReturned(deps, situation?.running ?? null, id);
    if (budget.exhausted) return { outcome: 'unrecorded', reason };
    return { outcome: moved === 'traffic' ? 'returned' : 'nothing-to-return', reason };
  }
  throw new WriteConflict(
    `The lock or the route of ${service.name} changed under each of ${ATTEMPTS} attempts to take it over.`,
  );
}

/** What its destination runs and, where a person must not be sent to what is live already, what the traffic leaves. */
async function seeSides(
  cluster: ServiceCluster,
  service: ServiceConfiguration,
  { destination, provided }: Toward,
): Promise<SidesSeen> {
  const [there, left] = await Promise.all([
    seeWorkload(cluster, service, destination),
    typeof provided === 'object' ? seeWorkload(cluster, service, otherEnvironment(destination)) : nothingSeen,
  ]);
  return { there, left };
}

/** From here on it goes like a planned rollback, but for the approval, the steps and a freeze; what it leaves is held, as by any emergency (I6). */
async function deployFirst(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  { execution, trigger }: { execution: Execution; trigger: RollbackTrigger },
  service: ServiceConfiguration,
): Promise<ResultOf<'return-traffic'>> {
  if (trigger.kind !== 'person')
    throw new InvalidInput('Only a person asks for a release that has to be deployed first.');
  const urgent = { ...trigger, deployFirst: true, hold: true };
  const registered = await budget.ask(() =>
    registerOperation(deps, { execution, service, trigger: urgent, kind: 'rollback', reason: trigger.reason }),
  );
  if (registered !== null) return { outcome: 'planned' };
  throw unavailable({
    dependency: 'DynamoDB',
    attempted: `recording that ${trigger.version} is deployed first`,
    reason: 'it did not answer in time',
  });
}

interface Taking {
  readonly execution: Execution;
  readonly service: ServiceConfiguration;
  readonly trigger: RollbackTrigger;
  readonly reason: Reason;
  readonly related: string | null;
  readonly destination: EnvironmentName;
  readonly situation: Situation | null;
  readonly live: LiveRoute;
}

/** The epoch to fence with; null when another took the lock meanwhile. Without the database: one above the route's. */
async function takeLock(deps: ReturnTrafficDeps, budget: DatabaseBudget, taking: Taking): Promise<number | null> {
  const { execution, service, trigger, reason, related, destination, situation, live } = taking;
  // Without the database nobody knows how far the epochs of a lost fence had come: seconds since 1970 are above any of them (I12).
  const aboveRoute = (live.fence?.epoch ?? Math.floor(deps.now() / 1000)) + 1;
  if (situation === null) return aboveRoute;
  const mine = idOf(execution);
  // With its destination, before it has the lock: whoever repeats this after a death finds its own lock, and must know what it was for.
  const operation = await budget.ask(() =>
    registerOperation(deps, { execution, service, trigger, kind: 'rollback', related, reason, destination }),
  );
  if (operation === null) return aboveRoute;
  if (operation.target !== destination) {
    const origin = otherEnvironment(destination);
    await budget.ask(() => deps.store.operations.update(mine, { target: destination, origin, related, reason }));
  }
  const taken = await budget.ask(() =>
    audited(
      deps,
      { operation: mine, action: 'take-over-lock', actor: actorOf(trigger), reason, before: situation.lock },
      () =>
        deps.store.locks.takeOver(service.name, situation.lock, {
          operation: mine,
          kind: 'rollback',
          executionArn: execution.arn,
          at: timestamp(deps),
          deadline: operation.deadline,
        }),
    ),
  );
  if (taken === null) return aboveRoute;
  if (taken.kind === 'held') return null;
  const routeIsAhead = live.fence !== null && live.fence.operation !== mine && live.fence.epoch >= taken.epoch;
  if (!routeIsAhead) return taken.epoch;
  // A rescue without the database fenced above the lock: the lock catches up (I12).
  await budget.ask(() => deps.store.locks.reconcileEpoch(service.name, aboveRoute));
  return aboveRoute;
}

interface Moving {
  readonly service: ServiceConfiguration;
  readonly live: LiveRoute;
  readonly epoch: number;
  readonly operation: string;
  readonly destination: EnvironmentName;
  readonly trigger: RollbackTrigger;
  readonly reason: Reason;
}

async function takeRouteOver(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  { service, live, epoch, operation, destination, trigger, reason }: Moving,
): Promise<'traffic' | 'fence-only' | 'conflict'> {
  const decision = decideTakeOver(live, { epoch, operation, destination });
  if (decision.kind === 'already-written') return 'traffic';
  if (decision.kind === 'stale-holder') {
    throw new StaleHolder(
      `The route carries epoch ${decision.epoch}; this operation has ${epoch}: another one took over.`,
      decision.epoch,
    );
  }
  const { fence } = decision;
  const { router } = deps.cluster(service);
  const intent = {
    operation,
    action: 'return-traffic',
    actor: actorOf(trigger),
    reason,
    // Two weights do not say what was odd about the route, such as a rule with others.
    before: live.problem === null ? live.weights : { ...live.weights, problem: live.problem },
    wanted: fence.weights,
  };
  const move = async () => {
    const write = { weights: fence.weights, fence, resourceVersion: live.resourceVersion };
    return (await router.write(write, { purpose: 'return' })).kind;
  };
  const written = await audited(deps, intent, move, budget.ask);
  if (written === 'conflict') return 'conflict';
  await budget.ask(() => deps.store.operations.update(operation, { weights: decision.fence.weights }));
  await budget.ask(() => deps.store.locks.markAdopted(service.name));
  return decision.moves;
}

/** A fence that was lost after adoption freezes the service once the traffic is back; `verify-return` finds this entry (docs/adr/0021). */
async function noteLostFence(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  { operation, live, situation }: { operation: string; live: LiveRoute; situation: Situation | null },
): Promise<void> {
  if (situation === null || !isFenceLost(live, situation.lock)) return;
  await budget.ask(() => noteFenceLost(deps, operation, live));
}

/** What came of a start that registers no operation, so that its record does not go on naming one that never was (I14). */
async function recordAnswer(
  deps: ReturnTrafficDeps,
  budget: DatabaseBudget,
  { execution, trigger }: { execution: Execution; trigger: RollbackTrigger },
  answer: { accepted: 'paused' | 'ignored'; reason: string },
): Promise<void> {
  if (trigger.kind !== 'alert' && trigger.kind !== 'person') return;
  const { service } = trigger;
  const source = trigger.kind === 'alert' ? ('alertmanager' as const) : ('person' as const);
  const id = trigger.kind === 'alert' ? trigger.fingerprint : execution.name;
  const told = { id, source, service, at: timestamp(deps), started: null, answers: execution.arn, ...answer };
  await budget.ask(() => deps.store.deliveries.record(told));
}
