import type { ApiSteered } from '../../contracts/api/steering.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import { audited } from '../shared/audited.ts';
import { timestamp } from '../shared/operation-context.ts';
import { wakeWaiting } from '../shared/wake.ts';
import { serviceChain } from './audit-view.ts';
import type { ApiDeps } from './deps.ts';

interface Control {
  readonly service: ServiceConfiguration;
  readonly reason: string;
  /** Mail address of who asks. */
  readonly actor: string;
}

/** Nothing changes on this service until somebody unfreezes it; what already holds the lock goes on. */
export async function freezeService(deps: ApiDeps, { service, reason, actor }: Control): Promise<ApiSteered> {
  const { name } = service;
  const outcome = await audited(
    deps,
    { operation: serviceChain(service), action: 'freeze', actor, reason, wanted: { service: name } },
    () => deps.store.releases.freeze(name, { reason, operation: null, by: actor, at: timestamp(deps) }),
  );
  return { service: name, outcome, digests: [] };
}

/** A person says that the service may change again. */
export async function unfreezeService(deps: ApiDeps, { service, reason, actor }: Control): Promise<ApiSteered> {
  const { name } = service;
  const before = await deps.store.releases.frozen(name);
  const outcome = await audited(
    deps,
    { operation: serviceChain(service), action: 'unfreeze', actor, reason, before },
    () => deps.store.releases.unfreeze(name),
  );
  await wakeWaiting(deps, name);
  return { service: name, outcome, digests: [] };
}

/**
 * Puts every image that was built of a version on hold (I6): it is not deployed again until the hold is released.
 *
 * @throws {NotFound} when Sluice has never seen such a release: there is no digest to hold.
 */
export async function holdVersion(deps: ApiDeps, control: Control & { version: string }): Promise<ApiSteered> {
  const { service, version, reason, actor } = control;
  const releases = await deps.store.releases.list(service.name);
  const digests = releases.filter(({ release }) => release.version === version).map(({ release }) => release.digest);
  if (digests.length === 0) {
    const known = [...new Set(releases.map(({ release }) => release.version))].join(', ') || 'none';
    throw new NotFound(`${service.name} has no release ${version} that Sluice has seen; it has seen: ${known}.`);
  }
  const chain = serviceChain(service);
  await audited(deps, { operation: chain, action: 'hold-release', actor, reason, wanted: { version, digests } }, () =>
    Promise.all(
      digests.map((digest) =>
        deps.store.releases.hold(service.name, { version, digest, reason, operation: chain, at: timestamp(deps) }),
      ),
    ).then(() => 'held'),
  );
  return { service: service.name, outcome: 'held', digests };
}

/** A person says that a version may be deployed again. @throws {NotFound} when it is not on hold. */
export async function releaseHold(deps: ApiDeps, control: Control & { version: string }): Promise<ApiSteered> {
  const { service, version, reason, actor } = control;
  const holds = await deps.store.releases.holds(service.name);
  const before = holds.filter((hold) => hold.version === version);
  if (before.length === 0) {
    const held = holds.map((hold) => hold.version).join(', ') || 'nothing';
    throw new NotFound(`${version} of ${service.name} is not on hold; on hold: ${held}.`);
  }
  const digests = before.map(({ digest }) => digest);
  await audited(deps, { operation: serviceChain(service), action: 'release-hold', actor, reason, before }, () =>
    Promise.all(digests.map((digest) => deps.store.releases.releaseHold(service.name, digest))),
  );
  return { service: service.name, outcome: 'released', digests };
}
