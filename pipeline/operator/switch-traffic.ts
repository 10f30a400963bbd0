import type { SwitchTraffic } from '../../contracts/api/requests.ts';
import type { ApiStarted } from '../../contracts/api/started.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import { InvalidInput, LockHeld, NotReady, WriteConflict } from '../../contracts/errors.ts';
import { between, formatInstant, instant, later } from '../../contracts/instant.ts';
import type { DesiredSplit, OperationRecord } from '../../contracts/records/operation.ts';
import { personTrafficTriggerSchema } from '../../contracts/trigger.ts';
import { durationWords, sentence, timeWords } from '../../contracts/words.ts';
import { decideSwitch, desiredWeight } from '../../core/traffic/decide-switch.ts';
import { audited } from '../operation/audited.ts';
import type { OperatorDeps } from '../ports.ts';
import { readStanding } from '../standby/read-standing.ts';
import { runCheck } from '../standby/verify-health.ts';
import { startReturn } from './abort-operation.ts';
import { refuseWhileFrozen, start } from './starts.ts';

/** A request to move the traffic by hand. `for`: how long a split stays. */
export interface SwitchWanted extends Pick<SwitchTraffic, 'from' | 'to' | 'percentage' | 'reason'> {
  readonly service: ServiceConfiguration;
  readonly for: Milliseconds | undefined;
  readonly actor: string;
  /** The request's `Idempotency-Key`. */
  readonly key: string | null;
}

/**
 * Moves the traffic by hand: starts an operation, or changes the one that keeps a split now. What can be refused at once is, with its
 * reason; the machine decides again when it has the lock.
 *
 * @throws {InvalidInput} when it is to stay for longer than it may, or is no split.
 * @throws {ServiceFrozen} while the service is frozen.
 * @throws {LockHeld} when another operation is at work.
 * @throws {WriteConflict} when the traffic is not where the request believes it to be.
 * @throws {NotReady} when the environment may not receive traffic (I2, I3, I6).
 */
export async function switchTraffic(deps: OperatorDeps, wanted: SwitchWanted): Promise<ApiStarted> {
  const { service, actor, key, from, to, percentage, reason } = wanted;
  refuseUnlessStays(wanted);
  const { holder } = await deps.store.locks.read(service.name);
  if (holder !== null) return changeSwitch(deps, wanted, holder);
  await refuseWhileFrozen(deps, service.name);
  await refuseUnlessReady(deps, wanted);
  const at = deps.now();
  const until = later(at, stayOf(wanted));
  const asked = { kind: 'person', wants: 'traffic', service: service.name, from, to, percentage, reason, actor };
  const trigger = personTrafficTriggerSchema.parse({ ...asked, at, until });
  return start(deps, { machine: deps.trafficMachine, word: 'traffic', service: service.name, key, trigger });
}

/** A split stays as long as the person says, else as long as the configuration allows. */
const stayOf = ({ service, for: stay }: SwitchWanted): Milliseconds => stay ?? service.deadlines.switch;

/** A wish is kept or refused, and never cut without a word. */
function refuseUnlessStays({ service, percentage, for: stay }: SwitchWanted): void {
  if (stay === undefined) return;
  if (percentage === 0 || percentage === 100) {
    throw new InvalidInput(`\`for\` is for a split: with ${percentage} % nothing goes back by itself. Leave it out.`);
  }
  const longest = service.deadlines.switch;
  if (stay > longest) {
    throw new InvalidInput(
      `A split of ${service.name} may stay for ${durationWords(longest)} (deadlines.switch in sluice.yaml), not for ${durationWords(stay)}.`,
    );
  }
}

async function refuseUnlessReady(deps: OperatorDeps, { service, ...request }: SwitchWanted): Promise<void> {
  const cluster = deps.cluster(service);
  const { to, actor } = request;
  const [{ weights }, standing, ...checks] = await Promise.all([
    cluster.router.read(),
    readStanding(deps.store, cluster, service, to),
    ...service.health.checks.map((check) =>
      runCheck(deps, service, to, { ...check, consecutive: 1 }, `switch-traffic by ${actor}`),
    ),
  ]);
  const failing = checks.filter(({ result }) => result !== 'pass').map(({ name, reason }) => `${name}: ${reason}`);
  const decision = decideSwitch(request, { live: weights, standing, failing, data: service.data });
  if (decision.kind === 'switch') return;
  const message = sentence(`The traffic of ${service.name} is not switched: ${decision.reason}`);
  throw decision.because === 'weights' ? new WriteConflict(message) : new NotReady(message);
}

const changeable: readonly string[] = ['shifting-traffic', 'keeping-split'];

/** The operation that keeps a split does what the newest request wants; sent back, it goes the one way back at once (rule 6). */
async function changeSwitch(deps: OperatorDeps, wanted: SwitchWanted, holder: string): Promise<ApiStarted> {
  const operation = await deps.store.operations.read(holder);
  const name = wanted.service.name;
  if (operation?.kind !== 'switch-traffic') {
    const message =
      operation === null
        ? `Sluice itself holds the lock of ${name} for a moment: try again then.`
        : `The ${operation.kind} ${holder} holds the lock of ${name}: wait for its end (\`sluice operation ${holder} --watch\`), or end it: \`sluice abort ${holder} --reason "…"\``;
    throw new LockHeld(message, holder);
  }
  const { target, desired } = operation;
  if (target === null || desired === null || !changeable.includes(operation.state)) {
    throw new LockHeld(`Operation ${holder} is ${operation.state} and accepts no change now; try again later.`, holder);
  }
  if (operation.abort !== null) throw new WriteConflict(`Operation ${holder} is being aborted.`);
  const weight = desiredWeight(wanted, target);
  if (weight !== 0 && weight !== 100 && wanted.service.data === 'separate') {
    throw new NotReady(
      'With `data: separate` a split would let the two databases diverge; only 0 and 100 are possible.',
    );
  }
  const next = nextDesired(deps, wanted, operation, weight);
  await audited(
    deps,
    {
      operation: holder,
      action: weight === 0 ? 'send-back' : 'change-split',
      actor: wanted.actor,
      reason: wanted.reason,
      before: desired,
      wanted: next,
    },
    async () => {
      if ((await deps.store.operations.update(holder, { desired: next })) === 'ended') {
        throw new WriteConflict(`Operation ${holder} has ended meanwhile; check the traffic and try again.`);
      }
      return 'noted';
    },
  );
  if (weight === 0) await startReturn(deps, operation, wanted.reason, wanted.actor);
  return { operation: holder, execution: operation.executionArn };
}

function nextDesired(
  deps: OperatorDeps,
  wanted: SwitchWanted,
  operation: OperationRecord,
  weight: number,
): DesiredSplit {
  const { actor, reason, service } = wanted;
  const last = later(instant(Date.parse(operation.startedAt)), service.deadlines.switch);
  if (wanted.for !== undefined && later(deps.now(), wanted.for) > last) {
    throw new InvalidInput(
      `Operation ${operation.id} may keep a split until ${timeWords(last)} (deadlines.switch after its start), for ${durationWords(between(deps.now(), last))} more, not for ${durationWords(wanted.for)}.`,
    );
  }
  const until = instant(Math.min(last, later(deps.now(), stayOf(wanted))));
  return { weight, until: formatInstant(until), actor, reason };
}
