import type { ApiActionAnswer } from '../../contracts/api/operator-actions.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import { because } from '../../contracts/reason.ts';
import { audited, type Intent } from '../operation/audited.ts';
import { closeIntents } from '../operation/close-intents.ts';
import { freezeService as freezeByHand } from '../operation/freeze-service.ts';
import { timestamp } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import { wakeWaiting } from '../operation/wake.ts';
import type { OperatorDeps } from '../ports.ts';
import { describeFreeze, describeHold, describeRelease, describeUnfreeze } from './describe-operator-action.ts';
import { readServiceSnapshot } from './service-snapshot.ts';

interface Control {
  readonly service: ServiceConfiguration;
  readonly reason: string;
  /** Mail address of who asks. */
  readonly actor: string;
}

/**
 * No deployment begins on this service until somebody unfreezes it, alerts and emergencies still return traffic, and what already holds the lock goes on. A freeze that stands keeps its
 * reason: whoever lifts it has to know why it was made.
 */
export async function freezeService(deps: OperatorDeps, { service, reason, actor }: Control): Promise<ApiActionAnswer> {
  const { name } = service;
  const { frozen } = deps.store.releases;
  const stood = await frozen(name);
  if (stood !== null) await closeIntents(deps, serviceChain(service), ['freeze']);
  const outcome =
    stood === null
      ? await freezeByHand(deps, { service: name, reason: because('FrozenByPerson', reason), operation: null, actor })
      : 'already-frozen';
  const before = outcome === 'already-frozen' ? (stood ?? (await frozen(name))) : null;
  return { service: name, outcome, digests: [], ...describeFreeze(await readServiceSnapshot(deps, service), before) };
}

/** A person says that the service may change again. */
export async function unfreezeService(
  deps: OperatorDeps,
  { service, reason, actor }: Control,
): Promise<ApiActionAnswer> {
  const { name } = service;
  const before = await deps.store.releases.frozen(name);
  const intent = { operation: serviceChain(service), action: 'unfreeze', actor, reason, before };
  const outcome = await unlessSo(deps, intent, before === null && 'not-frozen', () =>
    deps.store.releases.unfreeze(name),
  );
  await wakeWaiting(deps, name);
  return {
    service: name,
    outcome,
    digests: [],
    ...describeUnfreeze(await readServiceSnapshot(deps, service), outcome),
  };
}

/**
 * Puts every image that was built of a version on hold (I6): it is not deployed again until the hold is released. It ends nothing that
 * is at work: an abort does, and moves traffic. An image that is on hold already keeps its reason.
 *
 * @throws {NotFound} when Sluice has never seen such a release: there is no digest to hold.
 */
export async function holdVersion(
  deps: OperatorDeps,
  control: Control & { version: string },
): Promise<ApiActionAnswer> {
  const { service, version, reason, actor } = control;
  const known = await digestsOf(deps, service, version);
  const before = (await deps.store.releases.holds(service.name)).filter(({ digest }) => known.includes(digest));
  const digests = known.filter((digest) => !before.some((hold) => hold.digest === digest));
  const chain = serviceChain(service);
  const intent = { operation: chain, action: 'hold-release', actor, reason, wanted: { version, digests } };
  const outcome = await unlessSo(deps, intent, digests.length === 0 && 'already-held', async () => {
    const hold = { version, reason, operation: chain, at: timestamp(deps) };
    await Promise.all(digests.map((digest) => deps.store.releases.hold(service.name, { ...hold, digest })));
    return 'held' as const;
  });
  const snapshot = await readServiceSnapshot(deps, service);
  return { service: service.name, outcome, digests, ...describeHold(snapshot, version, digests, before) };
}

/** A person says that a version may be deployed again. @throws {NotFound} when Sluice has never seen such a release. */
export async function releaseHold(
  deps: OperatorDeps,
  control: Control & { version: string },
): Promise<ApiActionAnswer> {
  const { service, version, reason, actor } = control;
  const holds = await deps.store.releases.holds(service.name);
  const before = holds.filter((hold) => hold.version === version);
  if (before.length === 0) await digestsOf(deps, service, version);
  const digests = before.map(({ digest }) => digest);
  const intent = { operation: serviceChain(service), action: 'release-hold', actor, reason, before };
  const outcome = await unlessSo(deps, intent, digests.length === 0 && 'not-held', async () => {
    await Promise.all(digests.map((digest) => deps.store.releases.releaseHold(service.name, digest)));
    return 'released' as const;
  });
  return {
    service: service.name,
    outcome,
    digests,
    ...describeRelease(await readServiceSnapshot(deps, service), version, outcome),
  };
}

/**
 * Carries out what is not so yet, audited. What is so already is neither done nor written down again (I10); only an intent whose writer
 * died before its result gets one (I9).
 */
async function unlessSo<Outcome>(
  deps: OperatorDeps,
  intent: Intent,
  alreadySo: Outcome | false,
  effect: () => Promise<Outcome>,
): Promise<Outcome> {
  if (alreadySo === false) return audited(deps, intent, effect);
  await closeIntents(deps, intent.operation, [intent.action]);
  return alreadySo;
}

async function digestsOf(deps: OperatorDeps, { name }: ServiceConfiguration, version: string): Promise<string[]> {
  const releases = await deps.store.releases.list(name);
  const digests = releases.filter(({ release }) => release.version === version).map(({ release }) => release.digest);
  if (digests.length > 0) return digests;
  const seen = [...new Set(releases.map(({ release }) => release.version))].join(', ') || 'none';
  throw new NotFound(`${name} has no release ${version} that Sluice has seen; it has seen: ${seen}.`);
}
