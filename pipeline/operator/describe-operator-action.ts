import type { Told } from '../../contracts/api/operator-actions.ts';
import type { ApiService } from '../../contracts/api/service.ts';
import { type EnvironmentName, environmentNames, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { clause, sentence, timeWords, whileFrozen } from '../../contracts/words.ts';
import { nameOf, type ServiceSnapshot, unmoved } from './service-snapshot.ts';

const on = (service: string) => `--service ${service} --reason "…"`;

/** Goes on in spite of a freeze or a hold: only an abort ends what has the lock, since that moves traffic (rule 6). */
function goesOn({ atWork, view }: ServiceSnapshot): Pick<Told, 'didNot' | 'next'> {
  if (atWork === null) return { didNot: [], next: [] };
  const returns = atWork.kind === 'rollback';
  return {
    didNot: [`The ${nameOf(atWork)} holds the lock and was not stopped: it continues to its end.`],
    next: returns ? [] : [`sluice abort ${atWork.id} ${on(view.name)}`],
  };
}

const endsByItself = (operation: OperationRecord, as: string): string =>
  `The ${nameOf(operation)} has not ended yet: it ends by itself as ${as} when it asks for the lock.`;

/** @param before the freeze that stood already; null when it is this call's. */
export function describeFreeze(
  snapshot: ServiceSnapshot,
  before: { reason: string; by: string; at: string } | null,
): Told {
  const { view, waiting } = snapshot;
  const { didNot, next } = goesOn(snapshot);
  const did = `${view.name} is frozen. ${whileFrozen}`;
  const stands = `It was already frozen by ${before?.by} since ${before === null ? '' : timeWords(before.at)}: ${clause(before?.reason ?? '')}. That reason stays.`;
  return {
    did: before === null ? [did] : [],
    didNot: [
      ...(before === null ? [] : [stands]),
      ...didNot,
      ...waiting.map((operation) => endsByItself(operation, 'frozen')),
      unmoved(view),
    ],
    next: [...next, `sluice unfreeze ${on(view.name)}`],
  };
}

export function describeUnfreeze({ view }: ServiceSnapshot, outcome: 'unfrozen' | 'not-frozen'): Told {
  return {
    did: outcome === 'unfrozen' ? [`Operations may begin on ${view.name} again.`] : [],
    didNot: [
      ...(outcome === 'unfrozen'
        ? ['Operations that ended because of the freeze were not started again.']
        : ['It was not frozen.']),
      ...view.holds.map(({ version, reason }) => sentence(`${version} is still on hold: ${reason}`)),
      unmoved(view),
    ],
    next: [],
  };
}

/** @param before holds on the version that stood already; when they are all there are, nothing was to do. */
export function describeHold(
  snapshot: ServiceSnapshot,
  version: string,
  digests: readonly string[],
  before: readonly { reason: string; operation: string; at: string }[],
): Told {
  const { view, atWork, waiting } = snapshot;
  const carried = atWork?.release?.version === version && atWork.kind !== 'rollback' ? atWork : null;
  const { didNot, next } = goesOn({ ...snapshot, atWork: carried });
  const images = digests.length === 1 ? 'its image' : `${digests.length} images of it`;
  const live = environmentNames.filter((side) => view.environments[side].version === version);
  const serving = live.filter((side) => (view.environments[side].weight ?? 0) > 0);
  return {
    did:
      digests.length === 0
        ? []
        : [`${version} is on hold (${images}): nobody can deploy it until the hold is released.`],
    didNot: [
      ...before.map(
        ({ at, reason }) => `It was already on hold since ${timeWords(at)}: ${clause(reason)}. That reason stays.`,
      ),
      ...didNot,
      ...waiting
        .filter(({ release }) => release?.version === version)
        .map((operation) => endsByItself(operation, 'failed-validation')),
      ...serving.map((side) => `It still serves on ${side}: a hold stops only new deployments.`),
      unmoved(view),
    ],
    next: [
      ...next,
      ...(serving.length > 0 && carried === null && !isHeldBeside(view, serving)
        ? [`sluice rollback --version last-known-good --emergency ${on(view.name)}`]
        : []),
      `sluice release-hold --version ${version} ${on(view.name)}`,
    ],
  };
}

/** Whether the other side of one that serves runs a release on hold: a rollback to it would be refused. */
function isHeldBeside({ environments, holds }: ApiService, serving: readonly EnvironmentName[]): boolean {
  const held = new Set(holds.map(({ digest }) => digest));
  return serving.some((side) => held.has(environments[otherEnvironment(side)].digest ?? ''));
}

export function describeRelease({ view }: ServiceSnapshot, version: string, outcome: 'released' | 'not-held'): Told {
  const isLive = environmentNames.some(
    (side) => view.environments[side].version === version && (view.environments[side].weight ?? 0) > 0,
  );
  return {
    did: outcome === 'released' ? [`${version} may be deployed again.`] : [],
    didNot: [
      outcome === 'released'
        ? 'This did not deploy it: a deployment asks for approvals again.'
        : `${version} was not on hold.`,
      ...(view.frozen === null ? [] : [sentence(`${view.name} is still frozen: ${view.frozen.reason}`)]),
      unmoved(view),
    ],
    // What is live already is not deployed again.
    next: outcome === 'released' && !isLive ? [`sluice deploy --version ${version} --service ${view.name}`] : [],
  };
}
