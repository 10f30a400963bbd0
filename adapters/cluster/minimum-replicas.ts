import { InvalidInput, NotFound, StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import { peoplesMinimum } from '../../core/traffic/capacity.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import type { CapacityFence } from './capacity-fence.ts';
import type { ScaleSeen } from './deployment-scale.ts';
import type { CapacitySeen, MinimumHolder } from './minimum-holder.ts';

/**
 * For what a minimum is set. `raise`: it is needed, so whoever cannot give it refuses. `return`: it is needed and nothing may stop it, so it is
 * given as far as possible. `lower`: nothing needs more than this any more. The first two lower nothing and wake a Deployment of 0 replicas.
 */
export type CapacityPurpose = 'raise' | 'return' | 'lower';

export type CapacityOutcome =
  | { kind: 'set'; before: number; minimum: number; maximum: number | null }
  /** The same operation had set the same minimum before: a redelivery (I10). */
  | { kind: 'unchanged'; minimum: number; maximum: number | null }
  /** The autoscaler is not there or not Sluice's. For a return the Deployment itself was raised, as long as that lasts. */
  | { kind: 'not-ours'; minimum: number; problem: string };

/** The Deployment behind an autoscaler. */
export interface Scalable {
  read(options?: CallOptions): Promise<ScaleSeen | null>;
  write(scale: ScaleSeen, options?: CallOptions): Promise<'written' | 'conflict'>;
}

export interface WantedMinimum {
  readonly minimum: number;
  readonly purpose: CapacityPurpose;
  /** The service's usual minimum: where Sluice has never written, more than that was set by people. */
  readonly usual: number;
}

/** An object's status changes often, and each change is a conflict for us: read, decide and write again this often. */
const writeAttempts = 5;

/** See `Workloads.setMinimumReplicas`. Every write is conditional on what was read, so trying again is no blind retry. */
export async function setMinimumReplicas<Held extends CapacitySeen>(
  { holder, deployment }: { holder: MinimumHolder<Held>; deployment: Scalable },
  wanted: WantedMinimum,
  fence: CapacityFence,
  options?: CallOptions,
): Promise<CapacityOutcome> {
  const { minimum, purpose } = wanted;
  if (!Number.isInteger(minimum) || minimum < 0) {
    throw new InvalidInput(`${holder.object}: a minimum of ${minimum} replicas is not a whole number of 0 or more`);
  }
  for (let attempt = 1; attempt <= writeAttempts; attempt += 1) {
    // Before the fence: a write on top of it is refused if a later holder has raised the Deployment meanwhile (I12).
    const scale = purpose === 'lower' ? null : await deployment.read(options);
    const live = await holder.read(options);
    const obstacle = obstacleOf(holder, live);
    if (live === null || live.problem?.kind === 'foreign') {
      if (purpose === 'raise') throw obstacle;
      // Who lowers what somebody else decides about has nothing to do; who returns raises the Deployment itself.
      if (scale !== null && (await raise(deployment, scale, minimum, options)) === 'conflict') continue;
      const there = scale === null ? 0 : Math.max(scale.replicas, minimum);
      return { kind: 'not-ours', minimum: there, problem: obstacle.message };
    }
    if (live.fence !== null && live.fence.epoch > fence.epoch) {
      const message = `${live.object} was written by ${live.fence.operation} in epoch ${live.fence.epoch}, this operation has ${fence.epoch}`;
      throw new StaleHolder(message, live.fence.epoch);
    }
    if (purpose === 'raise') refuseWhatCannotBe(live, minimum);
    const written = await writeMinimum(holder, live, wanted, fence, options);
    if (written === null) continue;
    if (scale === null || holder.by === 'scale') return written;
    // An autoscaler leaves a Deployment at 0 alone, and a paused one every other: it is raised by its own /scale.
    if (scale.replicas > 0 && live.problem === null) return written;
    if ((await raise(deployment, scale, written.minimum, options)) !== 'conflict') return written;
  }
  throw new WriteConflict(`${holder.object} changed under each of ${writeAttempts} attempts to set its minimum`);
}

/** Null when somebody else wrote at the same time. */
async function writeMinimum<Held extends CapacitySeen>(
  holder: MinimumHolder<Held>,
  live: Held,
  { minimum: wanted, purpose, usual }: WantedMinimum,
  { epoch, operation }: CapacityFence,
  options?: CallOptions,
): Promise<Exclude<CapacityOutcome, { kind: 'not-ours' }> | null> {
  const { fence } = live;
  const maximum = live.limit?.pods ?? null;
  const seen = { live: live.minimum, written: fence?.minimum ?? null, remembered: fence?.people ?? null, usual };
  const people = peoplesMinimum(seen) ?? undefined;
  const least = purpose === 'lower' ? 0 : live.minimum;
  const minimum = Math.min(maximum ?? Number.POSITIVE_INFINITY, Math.max(wanted, least, people ?? 0));
  const isMine = fence?.epoch === epoch && fence.operation === operation && fence.before === undefined;
  if (isMine && live.minimum === minimum && fence.minimum === minimum && fence.people === people) {
    return { kind: 'unchanged', minimum, maximum };
  }
  const outcome = await holder.write(live, { epoch, operation, minimum, people }, options);
  return outcome === 'conflict' ? null : { kind: 'set', before: live.minimum, minimum, maximum };
}

async function raise(
  deployment: Scalable,
  scale: ScaleSeen,
  replicas: number,
  options?: CallOptions,
): Promise<'enough' | 'written' | 'conflict'> {
  return scale.replicas >= replicas ? 'enough' : deployment.write({ ...scale, replicas }, options);
}

function obstacleOf({ object }: MinimumHolder, live: CapacitySeen | null): Error {
  if (live?.problem) return new InvalidInput(live.problem.message);
  const advice = 'does the chart still contain it, and does `autoscaler` in sluice.yaml name it?';
  return new NotFound(`there is no ${object}: ${advice}`);
}

function refuseWhatCannotBe({ object, limit, problem }: CapacitySeen, minimum: number): void {
  if (problem !== null) throw new InvalidInput(problem.message);
  if (limit === null || minimum <= limit.pods) return;
  const { field, pods } = limit;
  const advice = `set ${field} to at least ${minimum}`;
  throw new InvalidInput(`${object}: a minimum of ${minimum} replicas is above its ${field} (${pods}): ${advice}`);
}
