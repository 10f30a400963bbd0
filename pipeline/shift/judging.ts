import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { type Instant, instant } from '../../contracts/instant.ts';
import { allOn, type Weights } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { judgeInterval } from '../../core/judgement/judge-interval.ts';
import { asksPerson, endsPromoted, isPromoted } from '../../core/judgement/promotion.ts';
import { percentOn } from '../../core/traffic/weights.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { capacityLook } from '../standby/capacity-look.ts';
import { mergeChecks } from '../standby/merge-checks.ts';
import { pinLook } from '../standby/pin-look.ts';
import { afterFailure } from './failed-step.ts';
import { type Judging, readJudging } from './judging-state.ts';
import { keepReadings } from './keep-readings.ts';
import { lookAtHealth } from './look-at-health.ts';
import { lookUntil } from './look-until.ts';
import { measure, measureStep, whyAtOnce } from './measure-step.ts';
import { originOf, readObjectives, targetOf } from './objectives.ts';
import { adoptRoutePause } from './pause-on-route.ts';
import { pauseOver } from './pause-over.ts';
import { routeDrift } from './route-drift.ts';

type Judged = ResultOf<'judge' | 'bake'>;

/** Judges one step for its interval. */
export async function judge(deps: ObserveDeps, execution: Execution, weight: number): Promise<ResultOf<'judge'>> {
  const { operation, service } = await loadOperation(deps, execution);
  if (operation.target === null)
    return { outcome: 'failed', reason: because('StateMissing', 'The operation has no target.') };
  return judgeFor(deps, execution, service, {
    part: 'step',
    during: service.traffic.interval,
    weights: percentOn(operation.target, weight),
    since: readJudging(operation, deps.now()).since,
  });
}

/** Judges all the traffic on the target for the bake time. */
export async function bake(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'bake'>> {
  const { operation, service } = await loadOperation(deps, execution);
  if (operation.target === null)
    return { outcome: 'failed', reason: because('StateMissing', 'The operation has no target.') };
  await deps.store.operations.enter(operation.id, 'baking', timestamp(deps));
  const { operation: baking } = await loadOperation(deps, execution);
  return judgeFor(deps, execution, service, {
    part: 'bake',
    during: service.bake,
    weights: allOn(operation.target),
    since: instant(Date.parse(baking.stateSince)),
  });
}

async function judgeFor(
  deps: ObserveDeps,
  execution: Execution,
  service: ServiceConfiguration,
  step: JudgedStep,
): Promise<Judged> {
  const answer = await lookUntil(deps, service.objectives.every, async (): Promise<Judged | null> => {
    const { operation } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, operation);
    if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
    return judgeLook(deps, { operation, service }, step);
  });
  return answer ?? { outcome: 'judging' };
}

/** What is judged: these weights, since then, for so long. */
export interface JudgedStep {
  readonly part: 'step' | 'bake';
  readonly during: Milliseconds;
  readonly weights: Weights;
  readonly since: Instant;
}

/**
 * One look at a step: the weights as they were written (rule 8), every objective on the target, its health, whether its answers fail so
 * grossly that it goes back at once, and whether they are certainly worse than the origin's. Null: go on looking.
 */
export async function judgeLook(
  deps: ObserveDeps,
  { operation: seen, service }: OperationContext,
  step: JudgedStep,
): Promise<Judged | null> {
  const operation = await adoptRoutePause(deps, { operation: seen, service });
  const target = targetOf(operation);
  if (target === null) return { outcome: 'failed', reason: because('StateMissing', 'The operation has no target.') };
  const drift = await routeDrift(deps, { operation, service }, step.weights);
  if (drift !== null) return drift;
  const capacity = await capacityLook(deps, { operation, service });
  if (capacity !== null) return capacity;
  const pin = await pinLook(deps, { operation, service });
  if (pin !== null) return pin;
  const over = await pauseOver(deps, { operation, service });
  if (over !== null) return over;
  const judging = readJudging(operation, deps.now());
  const weight = step.weights[target.environment];
  const side = originOf(operation);
  const hasTraffic = side !== null && step.weights[side.environment] > 0;
  // For people, who compare both sides: nothing waits for it, and it is judged only beside a target that looks bad.
  const besides = hasTraffic ? readObjectives(deps, service, side) : null;
  const skipped = isPromoted(operation.promotion, { part: step.part, weight });
  const measured = await measureStep(deps, service, {
    target,
    origin: hasTraffic ? side : null,
    since: step.since,
    isFirst: weight === service.traffic.steps[0],
    state: judging.state,
    dryRun: judging.dryRun,
    mayEnd: deps.now() - step.since >= step.during && !skipped,
  });
  const { evaluation, answers, checks, observed } = measured;
  const isGross = answers?.result === 'fail';
  const isWorse = measured.worse.length > 0;
  const kept = keepReadings(
    deps,
    { operation, service },
    {
      weights: step.weights,
      measured: { [target.environment]: observed, ...(side === null ? {} : { [side.environment]: besides }) },
      // Traffic that is about to go back does not wait for what people look at later.
      within: isGross || isWorse || evaluation.verdict === 'fail' ? seconds(0.2) : seconds(2),
    },
  );
  // What is known to be bad waits for no probe.
  const health =
    isGross || isWorse
      ? null
      : await lookAtHealth(deps, { operation, service }, target, { weight, state: judging.health });
  const isUnhealthy = health?.evaluation.verdict === 'fail';
  const looksBad = evaluation.breaking.length > 0 || isGross || isUnhealthy;
  const origin = looksBad && hasTraffic ? await measure(deps, service, side, judging.origin) : null;
  await deps.store.operations.update(operation.id, {
    judgement: {
      since: judging.since,
      state: evaluation.state,
      origin: origin?.evaluation.state ?? null,
      health: health?.evaluation.state ?? judging.health,
      dryRun: measured.dryRun,
      lookedAt: deps.now(),
    } satisfies Judging,
    checks: mergeChecks(operation.checks, [
      ...checks,
      ...(health === null ? [] : [health.check]),
      ...(origin?.checks ?? []),
    ]),
  });
  await kept;
  const originFailed = origin?.evaluation.verdict === 'fail' || (isGross && origin?.answers?.result === 'fail');
  const atOnce = whyAtOnce(measured, isUnhealthy ? health.evaluation.reasons : []);
  if (atOnce !== null) return afterFailure(deps, { operation, service }, { reason: atOnce, originFailed });
  // No weight rises on a release that is not known to be healthy (I2).
  const isClear = operation.pausedBecause === null && health?.evaluation.pending.length === 0;
  if (skipped && isClear && endsPromoted(evaluation)) return { outcome: 'passed' };
  const rules = { interval: step.during, inconclusive: service.objectives.inconclusive };
  const decision = judgeInterval(rules, step.since, evaluation, deps.now());
  switch (decision.kind) {
    case 'pass': {
      if (!isClear) return null;
      const asks = asksPerson(service.traffic.pauseAfter, operation.askedAfter, { part: step.part, weight });
      if (!asks || operation.kind !== 'deployment') return { outcome: 'passed' };
      const told = `a person is asked after ${weight} % (traffic.pauseAfter), and nothing is wrong with it`;
      const reason = because('AskedAfterStep', told);
      await note(deps, { operation: operation.id, action: 'pause', actor: sluice, reason });
      const changes = { askedAfter: weight, pausedBecause: reason, pausedAt: timestamp(deps) };
      await deps.store.operations.update(operation.id, changes);
      return null;
    }
    case 'keep-judging':
      return null;
    case 'pause': {
      const reason = because('Inconclusive', decision.reasons.join('; '));
      if (operation.pausedBecause === null) {
        await note(deps, { operation: operation.id, action: 'pause', actor: sluice, reason });
        await deps.store.operations.update(operation.id, { pausedBecause: reason, pausedAt: timestamp(deps) });
      }
      return null;
    }
    case 'return': {
      const code = decision.because === 'inconclusive' ? 'Inconclusive' : 'ObjectiveBroken';
      const reason = because(code, decision.reasons.join('; '));
      return afterFailure(deps, { operation, service }, { reason, originFailed });
    }
  }
}

/**
 * Judges a target that has traffic already while the next weight waits for its capacity, as often as a step is judged. Null: nothing is
 * wrong, or it is not time to look again.
 */
export async function judgeWhileWaiting(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
): Promise<Exclude<Judged, { outcome: 'passed' | 'judging' }> | null> {
  const { target, weights } = operation;
  if (target === null || weights === null || weights[target] === 0) return null;
  const { since, lookedAt } = readJudging(operation, deps.now());
  if (lookedAt !== null && deps.now() - lookedAt < service.objectives.every) return null;
  const judged = await judgeLook(
    deps,
    { operation, service },
    { part: 'step', during: service.traffic.interval, weights, since },
  );
  return judged === null || judged.outcome === 'passed' || judged.outcome === 'judging' ? null : judged;
}
