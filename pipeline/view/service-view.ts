import type { ApiService } from '../../contracts/api/service.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { reasonCodeOf } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { shownState } from '../../core/operation/waiting.ts';
import { describeWindows } from '../../core/windows/window-words.ts';
import { contactsOf } from '../notice/contacts-of.ts';
import { environmentOf } from '../notice/occasion-of.ts';
import { linksOf } from '../notice/service-links.ts';
import { readWaiting } from '../operation/read-waiting.ts';
import type { ViewDeps } from '../ports.ts';
import { readClusterView } from './cluster-view.ts';
import { ifReadable } from './if-readable.ts';
import { nextOf } from './operation-views.ts';

/**
 * A service as it is now. The cluster is the truth (rule 8); what of it cannot be read is said, and the rest is shown.
 *
 * @param newest its newest operations, where they are read anyway.
 */
export async function readServiceView(
  deps: ViewDeps,
  service: ServiceConfiguration,
  newest: Promise<readonly OperationRecord[]> = deps.store.operations.list(service.name, 10),
): Promise<ApiService> {
  const { name, repository } = service;
  const [live, { lock, holding, inProgress }, release, hotfix, holds, frozen] = await Promise.all([
    readClusterView(deps, service),
    readInProgress(deps, service, newest),
    ifReadable(deps, deps.store.candidates.read(name, 'standard')),
    ifReadable(deps, deps.store.candidates.read(name, 'hotfix')),
    deps.store.releases.holds(name),
    deps.store.releases.frozen(name),
  ]);
  const candidate = hotfix ?? release;
  // Of the side that the operation at work is about, or of the one that serves.
  const environment = (holding && environmentOf(holding)) ?? live.active;
  const version = environment === null ? null : live.environments[environment].version;
  const occasion = { environment, version, reason: frozen?.reason ?? null };
  return {
    name,
    repository,
    mode: service.mode,
    host: service.traffic.host,
    ...live,
    lock,
    inProgress,
    candidate:
      candidate === null
        ? null
        : {
            operation: candidate.operation,
            version: candidate.version,
            commit: candidate.commit,
            at: candidate.at,
          },
    windows: describeWindows(service, deps.now()),
    contacts: contactsOf(deps.configuration, service),
    links: linksOf(deps.configuration, service, occasion).map(({ name, value }) => ({ name, url: value })),
    holds: holds.map(({ version, digest, reason, operation, at }) => ({ version, digest, reason, operation, at })),
    frozen:
      frozen === null
        ? null
        : {
            reason: frozen.reason,
            reasonCode: reasonCodeOf(frozen.reason),
            operation: frozen.operation,
            by: frozen.by,
            at: frozen.at,
          },
  };
}

/** The lock, the operation that holds it, and those that have not ended: that one, and the newest that wait. */
async function readInProgress(
  deps: ViewDeps,
  service: ServiceConfiguration,
  newest: Promise<readonly OperationRecord[]>,
): Promise<Pick<ApiService, 'lock' | 'inProgress'> & { readonly holding: OperationRecord | null }> {
  const [{ holder, kind, epoch, acquiredAt, deadline }, operations] = await Promise.all([
    deps.store.locks.read(service.name),
    newest,
  ]);
  const listed = operations.filter(({ outcome }) => outcome === null);
  const holding = listed.find(({ id }) => id === holder) ?? (holder && (await deps.store.operations.read(holder)));
  const isListed = !holding || holding.outcome !== null || listed.some(({ id }) => id === holding.id);
  const open = isListed ? listed : [...listed, holding];
  const lock = { holder, kind: holding ? kind : null, epoch, acquiredAt, deadline };
  const inProgress = open.map(async (operation) => {
    const { id, release, abort } = operation;
    const state = shownState(operation);
    const waiting = await ifReadable(deps, readWaiting(deps, service, operation, lock));
    return { id, kind: operation.kind, release, state, abort, waiting, next: nextOf(deps, operation) };
  });
  return { lock, holding: holding || null, inProgress: await Promise.all(inProgress) };
}
