import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord, ReleaseReference } from '../../contracts/records/operation.ts';
import { identityOf } from '../../contracts/release.ts';
import { lastKnownGood } from '../../contracts/trigger.ts';
import { clause, sentence } from '../../contracts/words.ts';
import type { WorkloadSeen } from '../workload/readiness.ts';
import { isBeingReplaced } from '../workload/ready-for-weight.ts';
import type { RunningRelease } from '../workload/running-release.ts';
import { type GoodRelease, possibleTargets, type ReleaseHold, resolveTarget } from './resolve-target.ts';

/** A release that was live and good, by what identifies it. */
export type KnownGood = GoodRelease & ReleaseReference;

/** What a person's emergency is decided by. */
export interface EmergencyQuestion {
  readonly service: string;
  /** A version, or `last-known-good`. */
  readonly wanted: string;
  readonly destination: EnvironmentName;
  /** What the destination runs, as its side was seen. */
  readonly there: { readonly seen: WorkloadSeen; readonly running: RunningRelease | null };
  /** What the side runs that the traffic leaves. */
  readonly live: RunningRelease | null;
  /**
   * `rest`: no operation has the route, and everything is on one side. `shift`: the traffic of `operation` goes back. `split`: it is split, and
   * nothing is at work.
   */
  readonly moment:
    | { readonly kind: 'rest' | 'split' }
    | { readonly kind: 'shift'; readonly operation: Pick<OperationRecord, 'id' | 'live'>; readonly weight: number };
  readonly history: readonly KnownGood[];
  readonly holds: readonly ReleaseHold[];
}

export type EmergencyAnswer =
  /** Null: the origin of a shift, which goes on with what it has. */
  | { readonly kind: 'runs-there'; readonly release: ReleaseReference | null }
  | { readonly kind: 'deploy-first'; readonly release: ReleaseReference }
  | { readonly kind: 'refused'; readonly reason: Reason };

const refused = (why: string, instead: string): EmergencyAnswer => ({
  kind: 'refused',
  reason: because('RollbackRefused', why, sentence(instead)),
});

/**
 * Where an emergency may go (I3, I6). `last-known-good` is what the other side really runs, if its record says that it succeeded, it is not the
 * live release, and it is not on hold. A version that was good and runs nowhere is deployed first. What is refused is told with what is possible
 * instead (docs/adr/0042).
 */
export function emergencyTarget(question: EmergencyQuestion): EmergencyAnswer {
  const { wanted, there, live, destination, history, holds, moment } = question;
  if (moment.kind === 'shift') return inShift(question, moment);
  const liveDigest = moment.kind === 'rest' ? (live?.digest ?? null) : null;
  const runsThere = possibleTargets(history, holds, liveDigest).find((release) => runs(there, release.digest));
  if (wanted === lastKnownGood) {
    if (runsThere !== undefined) return { kind: 'runs-there', release: identityOf(runsThere) };
    return refused(`Nothing known to be good runs on ${destination}: ${whatRuns(question)}`, possible(question));
  }
  if (runsThere?.version === wanted) return { kind: 'runs-there', release: identityOf(runsThere) };
  const target = resolveTarget(wanted, history, holds, liveDigest);
  switch (target.kind) {
    case 'already-live':
      return refused(`${wanted} is live already`, possible(question));
    case 'held':
      return refused(`${wanted} is on hold: ${target.reason}`, possible(question));
    case 'unknown':
      return refused(`${wanted} is not a release that was live and good before`, possible(question));
    case 'found':
  }
  if (moment.kind === 'rest') return { kind: 'deploy-first', release: identityOf(target.release) };
  return refused(
    `${wanted} does not run on ${destination}, and while the traffic is split nothing is deployed`,
    possible(question),
  );
}

/** In the middle of a shift only its origin can be reached: it served everything when the shift began. */
function inShift(
  question: EmergencyQuestion,
  { operation, weight }: Extract<EmergencyQuestion['moment'], { kind: 'shift' }>,
): EmergencyAnswer {
  const { service, wanted, destination, there, history, holds } = question;
  const { running } = there;
  const abort = `\`sluice abort ${operation.id} --service ${service} --reason "…"\``;
  if (weight === 100) {
    return refused(
      `All the traffic is on ${destination} already, and ${operation.id} has moved none`,
      `${abort} ends it; then ask again for another version`,
    );
  }
  const hold = holds.find(({ digest }) => running?.digests.includes(digest));
  if (hold !== undefined) {
    return refused(
      `${running?.version} on ${destination} is on hold: ${clause(hold.reason)}`,
      `${abort} sends it back anyway`,
    );
  }
  const served = operation.live === null || running?.digest === operation.live.digest;
  if (!served && !history.some(({ digest }) => running?.digest === digest)) {
    return refused(
      `What runs on ${destination} (${running?.version ?? 'nothing'}) is not what served before ${operation.id}, and is not known to be good`,
      `${abort} sends the traffic there anyway`,
    );
  }
  if (wanted === lastKnownGood || wanted === running?.version) return { kind: 'runs-there', release: null };
  return refused(
    `${wanted} does not run on ${destination}, and nothing is deployed in the middle of ${operation.id}`,
    `\`--version ${lastKnownGood}\` goes back to ${running?.version ?? 'what served before'} at once; then ask for ${wanted}`,
  );
}

/** Its pods run it, or its Deployment does where it has none, and nothing else is about to take their place. */
const runs = ({ seen, running }: EmergencyQuestion['there'], digest: string): boolean =>
  running?.digest === digest && !isBeingReplaced(seen, digest);

function whatRuns({ there: { running }, live, holds, history }: EmergencyQuestion): string {
  if (running === null) return 'nothing is deployed there';
  const { version, digest } = running;
  const name = `${version} (${digest ?? 'of an unknown image'})`;
  if (digest !== null && digest === live?.digest) return `it runs ${name}, which is live already`;
  const hold = holds.find((one) => running.digests.includes(one.digest));
  if (hold !== undefined) return `it runs ${name}, which is on hold: ${clause(hold.reason)}`;
  if (history.some((one) => one.digest === digest)) return `it is about to run something other than ${name}`;
  return `it runs ${name}, which never succeeded here`;
}

/** So many versions are named: a person chooses at three in the morning. */
const named = 5;

function possible({ service, destination, there, live, history, holds, moment }: EmergencyQuestion): string {
  const liveDigest = moment.kind === 'rest' ? (live?.digest ?? null) : null;
  const targets = possibleTargets(history, holds, liveDigest).filter(
    ({ digest }) => moment.kind === 'rest' || runs(there, digest),
  );
  const words = new Map(
    targets.map(({ version, digest }) => [
      version,
      runs(there, digest) ? `${version} (runs on ${destination}: at once)` : `${version} (deployed first: minutes)`,
    ]),
  );
  const [first] = words.keys();
  if (first !== undefined) {
    return (
      `Possible: ${[...words.values()].slice(0, named).join(', ')}. ` +
      `\`sluice rollback --service ${service} --version ${first} --reason "…" --emergency\``
    );
  }
  const worse = `If ${otherEnvironment(destination)} is worse than what runs on ${destination}`;
  const glass = `sluice break-glass --service ${service}`;
  return `Nothing else is known to be good. ${worse}, \`${glass}${` --to ${destination}`}\` prints the patch that moves the traffic`;
}
