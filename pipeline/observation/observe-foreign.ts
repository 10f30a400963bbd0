import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { DependencyUnavailable } from '../../contracts/errors.ts';
import { parseInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment, type Weights } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Observation, OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { deploymentTypeOf } from '../../contracts/trigger.ts';
import { alertWords, judgeKnownAlerts } from '../../core/alerts/known-alerts.ts';
import { judgeInterval } from '../../core/judgement/judge-interval.ts';
import { concludeObservation } from '../../core/observation/conclude-observation.ts';
import { planObservation } from '../../core/observation/plan-observation.ts';
import { behindOf, type ReleaseShare, shareOf } from '../../core/observation/release-share.ts';
import { largerSide } from '../../core/traffic/weights.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { readAlerts } from '../shift/alert-look.ts';
import { type Judging, judgingAnew, readJudging } from '../shift/judging-state.ts';
import { keepReadings } from '../shift/keep-readings.ts';
import { lookUntil } from '../shift/look-until.ts';
import { measureStep, whyAtOnce } from '../shift/measure-step.ts';
import { type MeasuredSide, readObjectives } from '../shift/objectives.ts';
import { mergeChecks } from '../standby/merge-checks.ts';

type Ended = Extract<ResultOf<'observe-foreign'>, { outcome: 'ended' }>;

/** The route and the pods say more often what another pipeline does than they could be kept for people to read. */
const mostSeen = 200;

/**
 * Watches another pipeline carry a release in, and judges beside it as a shift of Sluice's own is judged: it takes no lock, claims no route and
 * writes nothing but its own record. What Sluice would have done is noted at the moment at which it would have done it, and the watching goes on until the
 * other pipeline is done (docs/adr/0078).
 */
export async function observeForeign(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'observe-foreign'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'observing', timestamp(deps));
  const answer = await lookUntil(deps, service.objectives.every, async (): Promise<Ended | null> => {
    const { operation: seen } = await loadOperation(deps, execution);
    if (seen.abort) return { outcome: 'ended', ending: 'aborted', reason: because('Aborted', seen.abort.reason) };
    return look(deps, { operation: seen, service });
  });
  return answer ?? { outcome: 'observing' };
}

/** One look: what is live, what that means, and whether it is over. Null: go on looking. */
async function look(deps: ObserveDeps, { operation, service }: OperationContext): Promise<Ended | null> {
  const { release } = operation;
  if (release === null) {
    const reason = because('StateMissing', 'The operation has no release.');
    return { outcome: 'ended', ending: 'inconclusive', reason };
  }
  const live = await readShare(deps, service, release);
  const seen = await noteSeen(deps, { operation, service }, release, live);
  const judged =
    live === null || live.target === null || seen.observation.decisions.some(({ kind }) => kind === 'return')
      ? { isBaked: false, observation: seen.observation }
      : await judgeBeside(deps, { operation: seen.operation, service }, seen.observation, {
          ...live,
          target: live.target,
        });
  const over = concludeObservation(service, {
    observation: judged.observation,
    version: release.version,
    startedAt: operation.startedAt,
    isBaked: judged.isBaked,
    now: deps.now(),
  });
  return over === null ? null : { outcome: 'ended', ...over };
}

interface LiveShare extends ReleaseShare {
  readonly weights: Weights;
}

/** Where the release has traffic. Null while the cluster does not answer, which says nothing of the release: the next look asks again. */
async function readShare(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  { digest }: ReleaseReference,
): Promise<LiveShare | null> {
  const { router, workloads } = deps.cluster(service);
  const behind = async (side: EnvironmentName) => {
    const { namespace, backend } = service.environments[side];
    return behindOf((await workloads.listBackend(namespace, backend)) ?? [], digest);
  };
  try {
    // As a rescue reads it: the route is another pipeline's, of whatever shape.
    const [{ weights }, blue, green] = await Promise.all([
      router.read({ purpose: 'return' }),
      behind('blue'),
      behind('green'),
    ]);
    return { weights, ...shareOf(weights, { blue, green }) };
  } catch (error) {
    if (!(error instanceof DependencyUnavailable)) throw error;
    deps.log({ level: 'warn', message: `${service.name} could not be looked at: ${error.message}` });
    return null;
  }
}

/** Notes what another pipeline has changed since the last look; the judgement of a step begins anew with it. */
async function noteSeen(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  release: ReleaseReference,
  live: LiveShare | null,
): Promise<{ operation: OperationRecord; observation: Observation }> {
  const known = operation.observation ?? {
    plan: await planOf(deps, { operation, service }, release, live),
    seen: [],
    decisions: [],
  };
  const last = known.seen.at(-1);
  const isNew =
    live !== null &&
    (last === undefined ||
      last.share !== live.share ||
      last.weights.blue !== live.weights.blue ||
      last.weights.green !== live.weights.green);
  if (!isNew) {
    if (operation.observation === null) await deps.store.operations.update(operation.id, { observation: known });
    return { operation, observation: known };
  }
  const { weights, share, target, origin } = live;
  const at = timestamp(deps);
  const seen = [...known.seen, { at, weights: { blue: weights.blue, green: weights.green }, share }];
  const observation = {
    ...known,
    seen: seen.length > mostSeen ? [...seen.slice(0, 1), ...seen.slice(1 - mostSeen)] : seen,
  };
  const changes = {
    observation,
    weights: { blue: Math.round(weights.blue), green: Math.round(weights.green) },
    ...(target === null ? {} : { target, origin }),
    judgement: judgingAnew(operation, deps.now()),
  };
  await deps.store.operations.update(operation.id, changes);
  const reason = `Another pipeline: blue ${weights.blue}, green ${weights.green}; ${release.version} has ${share} % of the traffic.`;
  await note(deps, { operation: operation.id, action: 'observe', actor: sluice, reason });
  return { operation: { ...operation, ...changes }, observation };
}

async function planOf(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  release: ReleaseReference,
  live: LiveShare | null,
): Promise<string[]> {
  const known = await deps.store.releases.read(service.name, release.digest);
  const side = live === null ? null : (live.origin ?? largerSide(live.weights));
  const previousVersion = side === null ? null : await versionBehind(deps, service, side);
  const { version } = release;
  const reversible = known?.release.reversible ?? true;
  return planObservation(
    service,
    { version, previousVersion, reversible, type: deploymentTypeOf(operation.trigger) },
    deps.now(),
  );
}

/** By the label that charts set; null where the pods have none, or several. */
async function versionBehind(
  deps: ObserveDeps,
  service: ServiceConfiguration,
  side: EnvironmentName,
): Promise<string | null> {
  const { namespace, backend } = service.environments[side];
  const pods = await deps
    .cluster(service)
    .workloads.listBackend(namespace, backend)
    .catch(() => null);
  const [version, ...others] = new Set(pods?.map(({ metadata }) => metadata?.labels?.['app.kubernetes.io/version']));
  return others.length === 0 ? (version ?? null) : null;
}

/** Judges the release at the weight that it has, and notes what Sluice would do now. */
async function judgeBeside(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  observation: Observation,
  live: LiveShare & { readonly target: EnvironmentName },
): Promise<{ isBaked: boolean; observation: Observation }> {
  const { release, live: before } = operation;
  // What was measured before its first traffic is about another release.
  const first = observation.seen.find(({ share }) => share > 0);
  const since = first === undefined ? null : parseInstant(first.at);
  const target: MeasuredSide = { environment: live.target, version: release?.version ?? '', since };
  const origin = live.origin === null ? null : { environment: live.origin, version: before?.version ?? '', since };
  const judging = readJudging(operation, deps.now());
  const isWhole = live.share === 100;
  const during = isWhole ? service.bake : service.traffic.interval;
  const besides = origin === null ? null : readObjectives(deps, service, origin);
  const measured = await measureStep(deps, service, {
    target,
    origin,
    since: judging.since,
    isFirst: observation.seen.filter(({ share }) => share > 0).length <= 1,
    state: judging.state,
    dryRun: judging.dryRun,
    mayEnd: deps.now() - judging.since >= during,
  });
  const { evaluation, checks, observed } = measured;
  await keepReadings(
    deps,
    { operation, service },
    {
      weights: live.weights,
      measured: { [live.target]: observed, [otherEnvironment(live.target)]: besides },
    },
  );
  const rules = { interval: during, inconclusive: service.objectives.inconclusive };
  const decision = judgeInterval(rules, judging.since, evaluation, deps.now());
  const alert = await alertDecision(deps, { operation, service }, live);
  const atOnce = whyAtOnce(measured);
  const found = ((): Pick<Observation['decisions'][number], 'kind' | 'reason'> | null => {
    if (atOnce !== null) return { kind: 'return', reason: atOnce };
    if (alert?.kind === 'return') return alert;
    if (decision.kind === 'return') {
      const code = decision.because === 'inconclusive' ? 'Inconclusive' : 'ObjectiveBroken';
      return { kind: 'return', reason: because(code, decision.reasons.join('; ')) };
    }
    if (alert !== null) return alert;
    return decision.kind === 'pause'
      ? { kind: 'pause', reason: because('Inconclusive', decision.reasons.join('; ')) }
      : null;
  })();
  const isNew = found !== null && !observation.decisions.some(({ kind }) => kind === found.kind);
  const decisions = isNew
    ? [...observation.decisions, { ...found, at: timestamp(deps), share: live.share }]
    : observation.decisions;
  const kept: Judging = { ...judging, state: evaluation.state, dryRun: measured.dryRun, lookedAt: deps.now() };
  const next = { ...observation, decisions };
  await deps.store.operations.update(operation.id, {
    judgement: kept,
    checks: mergeChecks(operation.checks, checks),
    ...(isNew ? { observation: next } : {}),
  });
  if (isNew) {
    const would = found.kind === 'return' ? 'take the traffic back now' : 'pause now, and ask a person';
    await note(deps, {
      operation: operation.id,
      action: 'observe',
      actor: sluice,
      reason: `Sluice would ${would}, at ${live.share} %: ${found.reason}`,
    });
  }
  return { isBaked: isWhole && found === null && decision.kind === 'pass', observation: next };
}

/** What the alerts that fire mean for a shift that goes on (I7); null when they mean nothing. None is marked as acted on: nothing is done. */
async function alertDecision(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  { target, share }: { readonly target: EnvironmentName; readonly share: number },
): Promise<{ kind: 'return' | 'pause'; reason: Reason } | null> {
  const { known, firing } = await readAlerts(deps, service);
  const { kind, startedAt } = operation;
  const verdict = judgeKnownAlerts(known, firing, { kind, startedAt, target, weight: share, byHand: false });
  if (verdict.kind === 'clear') return null;
  return { kind: verdict.kind, reason: because('AlertFiring', `${alertWords(verdict.alerts)} fires`) };
}
