import type { Store } from '../../adapters/store/store.ts';
import { hours } from '../../contracts/duration.ts';
import { after, between, formatInstant, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isHotfix, type PersonDeploymentTrigger, type Trigger, wantedVersion } from '../../contracts/trigger.ts';
import { bare } from '../../contracts/version.ts';
import { timeWords } from '../../contracts/words.ts';

/** How many of a service's newest operations are looked through for one that is under way: most have ended. */
export const newestLookedThrough = 50;

/** Whether an operation goes on by itself to what it was started for. */
export const isUnderWay = ({ outcome, abort, returnedBy }: OperationRecord): boolean =>
  outcome === null && abort === null && returnedBy === null;

/** The deployment that carries this version already, or the observation of it, which whoever starts it again joins; null when there is none. */
export async function deploymentUnderWay(
  store: Pick<Store, 'operations'>,
  service: string,
  version: string,
): Promise<OperationRecord | null> {
  const newest = await store.operations.list(service, newestLookedThrough);
  const found = newest.find(
    (one) =>
      (one.kind === 'deployment' || one.kind === 'observation') &&
      isUnderWay(one) &&
      (one.release?.version ?? wantedVersion(one.trigger)) === version,
  );
  return found ?? null;
}

/** Why a hotfix cannot join what is under way; null when it can, and for any other start. */
export function hotfixRefusal({ id, state, trigger: first }: OperationRecord, trigger: Trigger): string | null {
  if (!isHotfix(trigger) || isHotfix(first)) return null;
  const version = wantedVersion(trigger) ?? 'It';
  return `${version} is already being deployed, as a standard deployment (operation ${id}, ${state}). To start it as a hotfix, abort that one first: sluice abort ${id} --reason "…"`;
}

/** After so many starts of one version that were aborted before they were approved, the next has to wait: each has asked every approver. */
const mostAborted = 3;
const abortedWithin = hours(1);

/** Why a version cannot be started once more now; null when it can, and for a hotfix, which waits for nothing. */
export async function startedTooOften(
  store: Pick<Store, 'operations'>,
  service: string,
  { version, at, type }: Pick<PersonDeploymentTrigger, 'version' | 'at' | 'type'>,
): Promise<string | null> {
  if (type === 'hotfix') return null;
  // `2.1.0` and `v2.1.0` may be tags of one commit.
  const plain = (name: string | null) => (name === null ? null : bare(name));
  const aborted = (await store.operations.list(service, newestLookedThrough)).filter(
    (one) =>
      one.kind === 'deployment' &&
      one.outcome === 'aborted' &&
      one.phases.findLast(({ state }) => state !== 'ended')?.state === 'awaiting-approval' &&
      plain(one.release?.version ?? wantedVersion(one.trigger)) === plain(version) &&
      between(parseInstant(one.startedAt), at) < abortedWithin,
  );
  const oldest = aborted[mostAborted - 1];
  if (oldest === undefined) return null;
  const again = timeWords(formatInstant(after(parseInstant(oldest.startedAt), abortedWithin)));
  return `${version} was started and aborted ${aborted.length} times within an hour, and its approvers were asked each time. Start it again after ${again}.`;
}
