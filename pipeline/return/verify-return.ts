import * as z from 'zod';
import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { seconds } from '../../contracts/duration.ts';
import { between, parseInstant } from '../../contracts/instant.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason, reasonOr, withMore } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { sentence, weightWords } from '../../contracts/words.ts';
import { betterSide, compareSides, type SideObservation } from '../../core/judgement/compare-sides.ts';
import { brokenNow } from '../../core/judgement/judge.ts';
import { measuredSince } from '../../core/judgement/look-back.ts';
import type { Readings } from '../../core/judgement/reading.ts';
import { mayGiveWay } from '../../core/rollback/destination.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { timeLeft } from '../../core/rollback/time-left.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import { comingImage } from '../../core/workload/running-release.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder, type Holder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { inWords, observeHealth, observeSide } from '../shift/compare-sides.ts';
import { fenceLostBefore, isFenceLost, noteFenceLost } from '../shift/fence-lost.ts';
import { keepReadings } from '../shift/keep-readings.ts';
import { lookUntil } from '../shift/look-until.ts';
import { readObjectives } from '../shift/objectives.ts';
import { mergeChecks } from '../standby/merge-checks.ts';
import { seeWorkload } from '../standby/see-workload.ts';
import { abortOf } from './abort-of.ts';
import { firstTrigger } from './first-trigger.ts';

/** What the side that the traffic left measured just after that, while its source still remembers it. */
const originReadingsSchema = z.object({
  left: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('value'), value: z.number() }),
      z.object({ kind: z.literal('no-data') }),
      z.object({ kind: z.literal('unreachable'), reason: z.string() }),
    ]),
  ),
});

type OriginReadings = Readonly<z.output<typeof originReadingsSchema>>;

const every = seconds(0.5);

/**
 * Weights read back and in force, the destination healthy and within its bounds; what cannot be verified in time freezes the service (I5), and so does a
 * fence that was lost, or a person who aborts it.
 */
export async function verifyReturn(
  deps: ObserveDeps,
  execution: Execution,
  waitedBefore: number,
): Promise<ResultOf<'verify-return'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'verifying-return', timestamp(deps));
  const { target } = operation;
  if (target === null)
    return { outcome: 'unverified', reason: because('DestinationUnknown', 'The rollback has no destination.') };
  const returned = operation.related === null ? null : await deps.store.operations.read(operation.related);
  if (returned?.target === target && returned.origin !== null) {
    const told = `${operation.reason ?? 'Both sides are bad'}; ${target} got all the traffic as the less bad side.`;
    return { outcome: 'unverified', reason: because('BothSidesBad', told) };
  }
  let looks = 0;
  const waited = () => waitedBefore + Math.ceil((looks * every) / 1_000);
  const answer = await lookUntil(deps, every, async () => {
    const { operation: current } = await loadOperation(deps, execution);
    const holder = await confirmHolder(deps.store, current);
    const answered = await look(deps, { operation: current, service }, { target, returned, holder, waited: waited() });
    looks += 1;
    return answered;
  });
  return answer ?? { outcome: 'verifying', waited: waited() };
}

interface Looking {
  readonly target: EnvironmentName;
  readonly returned: OperationRecord | null;
  readonly holder: Holder;
  /** Whole seconds for which the rollback has waited. */
  readonly waited: number;
}

async function look(
  deps: ObserveDeps,
  context: OperationContext,
  { target, returned, holder, waited }: Looking,
): Promise<ResultOf<'verify-return'> | null> {
  const { operation, service } = context;
  const aborted = abortOf(operation);
  if (aborted !== null) return leaveIt(deps, context, { target, holder, aborted });
  const known = readLeft(operation);
  const since = measuredSince(operation, returned);
  const leaving = { environment: otherEnvironment(target), version: returned?.release?.version ?? '', since };
  const asked = known === null && mayGiveWay(await firstTrigger(deps.store, operation), service);
  const [route, behind, seen, before] = await Promise.all([
    deps.cluster(service).router.read({ purpose: 'return' }),
    lagOf(deps, service),
    observeSide(deps, service, target, { operation: operation.id, since }),
    asked ? readObjectives(deps, service, leaving) : null,
  ]);
  await deps.store.operations.update(operation.id, {
    checks: mergeChecks(operation.checks, seen.checks),
    weights: route.weights,
    ...(before === null ? {} : { judgement: { left: before.readings } satisfies OriginReadings }),
  });
  const measured = { [target]: seen, [leaving.environment]: before };
  await keepReadings(deps, context, { weights: route.weights, measured });
  if (isFenceLost(route, holder)) await noteFenceLost(deps, operation.id, route);
  const isWritten = soleEnvironment(route.weights) === target;
  const isBack = isWritten && behind === null;
  const failing = [
    ...seen.checks.filter(({ result }) => result === 'fail').map(({ name, reason }) => `${name}: ${reason}`),
    // what is not known holds no return up
    ...brokenNow(service.objectives, seen),
    ...(isWritten ? [] : [`the traffic is ${weightWords(route.weights)}`]),
    ...(isWritten && behind !== null ? [behind] : []),
  ];
  if (failing.length === 0) {
    const lost = await fenceLostBefore(deps, operation.id);
    if (lost !== null) return { outcome: 'fence-lost', reason: withCause(operation, lost) };
    const found = [pastWeights(route), ...(await doubtsOfSide(deps, service, target))].filter((one) => one !== null);
    const [first, ...others] = found;
    if (first === undefined) return { outcome: 'verified' };
    return {
      outcome: 'verified',
      reason: withCause(operation, withMore(first, others.map((one) => ` ${one}`).join(''))),
    };
  }
  if (hasTime(deps, context, waited)) return null;
  const reason = because('ReturnUnverified', `The return to ${target} could not be verified: ${failing.join('; ')}`);
  const left = known ?? before?.readings ?? null;
  return left === null || !isBack
    ? { outcome: 'unverified', reason }
    : compareWithLeft(deps, context, { reason, target, seen, left });
}

/** Why requests may still go where they went before; a load balancer that cannot be asked is no proof that they do not. */
const lagOf = (deps: ObserveDeps, service: ServiceConfiguration): Promise<string | null> =>
  deps
    .cluster(service)
    .router.lag()
    .catch(
      (error: unknown) => `it is not known whether the load balancer has applied the weights: ${describeError(error)}`,
    );

const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends where it is, also while the cluster does not answer. */
async function leaveIt(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  { target, holder, aborted }: Pick<Looking, 'target' | 'holder'> & { readonly aborted: Reason },
): Promise<ResultOf<'verify-return'>> {
  const route = await deps
    .cluster(service)
    .router.read({ purpose: 'return' })
    .catch(() => null);
  if (route !== null) {
    await deps.store.operations.update(operation.id, { weights: route.weights });
    if (isFenceLost(route, holder)) await noteFenceLost(deps, operation.id, route);
  }
  const left =
    route === null ? 'the live weights could not be read' : `the traffic is at ${weightWords(route.weights)}`;
  return {
    outcome: 'aborted',
    reason: withMore(aborted, `; ${left}, and it was not verified whether ${target} is healthy`),
  };
}

/** Why the traffic went back, and what was found then: neither hides the other. */
const withCause = ({ reason }: OperationRecord, found: Reason): Reason =>
  reason === null ? found : reasonOr('Unclassified', `${sentence(reason)} ${found}`);

/** A return goes ahead on any route; whoever reads that it is back has to know what its weights do not decide about (I14). */
const pastWeights = ({ problem }: LiveRoute): Reason | null =>
  problem === null
    ? null
    : because('RouteNotOurs', `The weights are back, but requests also bypass them: ${sentence(problem)}`);

/**
 * The origin of a shift takes everything with the pods that it has, which may be fewer than are to serve; and they may be about to give way to
 * something that nobody approved, which would get the traffic as soon as it is ready.
 */
async function doubtsOfSide(
  { cluster }: ObserveDeps,
  service: ServiceConfiguration,
  side: EnvironmentName,
): Promise<(Reason | null)[]> {
  const seen = await seeWorkload(cluster(service), service, side);
  const answer = readyForWeight(seen, { digest: null, needed: service.replicas.minAvailable });
  const few = `All the traffic is on ${side}, but it has too few pods (replicas.minAvailable)`;
  const coming = comingImage(seen, service.name);
  const other = `All the traffic is on ${side}, but its Deployment asks for ${coming}, which its pods do not run yet: that gets the traffic as soon as it is ready`;
  return [
    answer.kind === 'ready' ? null : because('CapacityMissing', `${few}: ${sentence(answer.reason)}`),
    coming === null ? null : because('DestinationDoubtful', sentence(other)),
  ];
}

/** Until `health.deadline`, and until the deadline of the rollback where that comes first (I11). */
function hasTime({ now }: ObserveDeps, { operation, service }: OperationContext, waited: number): boolean {
  const at = now();
  const since = parseInstant(operation.stateSince);
  if (between(since, at) > service.health.deadline) return false;
  const own = isPlanned(operation.trigger)
    ? { startedAt: since, deadline: service.health.deadline }
    : { startedAt: parseInstant(operation.startedAt), deadline: service.deadlines.rollback };
  return timeLeft({ ...own, now: at, waited }).kind === 'left';
}

/** The destination as it is now, against the side that was left: its health now, and what it measured when it had the traffic. */
async function compareWithLeft(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  found: { reason: Reason; target: EnvironmentName; seen: SideObservation; left: Readings },
): Promise<ResultOf<'verify-return'>> {
  const { target, seen } = found;
  const environment = otherEnvironment(target);
  const other = {
    ...(await observeHealth(deps, service, environment, { operation: operation.id })),
    readings: found.left,
  };
  const sides = target === 'blue' ? { blue: seen, green: other } : { blue: other, green: seen };
  const comparison = compareSides(service.objectives.list, sides);
  const reason = withMore(found.reason, `; ${inWords(comparison)}`);
  await note(deps, { operation: operation.id, action: 'compare-sides', actor: sluice, reason, details: comparison });
  return betterSide(comparison) === environment
    ? {
        outcome: 'both-bad',
        environment,
        reason: because('BothSidesBad', `${reason}; ${environment} gets all the traffic as the less bad side`),
      }
    : { outcome: 'unverified', reason };
}

/** Only `look` writes the field of an operation that returns; a planned one that gave up may still have a judgement of its shift there. */
const readLeft = ({ judgement }: OperationRecord): Readings | null =>
  originReadingsSchema.safeParse(judgement).data?.left ?? null;
