import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { minutes } from '../../contracts/duration.ts';
import type { AuditEntry } from '../../contracts/records/audit-entry.ts';
import { note, sluice } from '../operation/audited.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { GuardianDeps } from '../ports.ts';

/** Longer than any request of a person takes. */
const gracePeriod = minutes(2);

/**
 * Gives what a person did to a service (freeze, unfreeze, hold, release of a hold, unlock) the result that the function which did it
 * died before writing (I9), by what is so now. A service's chain never ends, so that nobody else comes by but who repeats the act.
 */
export async function closeIntents(deps: GuardianDeps, service: ServiceConfiguration): Promise<void> {
  const operation = serviceChain(service);
  const open = openIntents(await deps.store.audit.list(operation)).filter(({ at }) => deps.now() - at >= gracePeriod);
  for (const { action, actor, details } of open) {
    const isSo = await isSoNow(deps, service, { action, details });
    const result = isSo === null ? 'unknown' : isSo ? 'so-now' : 'not-so-now';
    const reason = `The result of this action by ${actor} was never recorded; this is the current state.`;
    await note(deps, { operation, action, actor: sluice, reason, details: { result } });
  }
}

/** Intents without a result. A result belongs to the newest intent of its action: the act was repeated once its first writer was dead. */
function openIntents(entries: readonly AuditEntry[]): AuditEntry[] {
  const open: AuditEntry[] = [];
  for (const entry of entries) {
    if (entry.phase === 'intent') open.push(entry);
    else {
      const of = open.findLastIndex(({ action }) => action === entry.action);
      if (of !== -1) open.splice(of, 1);
    }
  }
  return open;
}

/** Whether what was wanted is so; null for what the state cannot tell. */
async function isSoNow(
  { store }: GuardianDeps,
  { name }: ServiceConfiguration,
  { action, details }: Pick<AuditEntry, 'action' | 'details'>,
): Promise<boolean | null> {
  // As pipeline/operator/service-controls.ts and unlock-service.ts write them, in entries that the chain's hashes protect.
  const { wanted, before } = details as {
    wanted?: { digests?: readonly string[] };
    before?: { holder?: string } | readonly { digest: string }[];
  };
  switch (action) {
    case 'freeze':
      return (await store.releases.frozen(name)) !== null;
    case 'unfreeze':
      return (await store.releases.frozen(name)) === null;
    case 'hold-release': {
      const held = new Set((await store.releases.holds(name)).map(({ digest }) => digest));
      return (wanted?.digests ?? []).every((digest) => held.has(digest));
    }
    case 'release-hold': {
      const released = new Set(Array.isArray(before) ? before.map(({ digest }) => digest) : []);
      return !(await store.releases.holds(name)).some(({ digest }) => released.has(digest));
    }
    case 'unlock':
      return before !== undefined && 'holder' in before && (await store.locks.read(name)).holder !== before.holder;
    default:
      return null;
  }
}
