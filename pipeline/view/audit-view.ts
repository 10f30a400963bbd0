import type { AuditProof } from '../../adapters/store/audit-trail.ts';
import type { Store } from '../../adapters/store/store.ts';
import type { ApiAudit } from '../../contracts/api/audit.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { minutes } from '../../contracts/duration.ts';
import { DependencyUnavailable } from '../../contracts/errors.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { AuditEntry } from '../../contracts/records/audit-entry.ts';
import { readOperation } from '../operation/operation-context.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { ViewDeps } from '../ports.ts';

/** An operation's audit as it was hashed, for `sluice audit verify`. @throws {NotFound} */
export async function readOperationAudit(deps: ViewDeps, id: string): Promise<ApiAudit> {
  const { operation } = await readOperation(deps, id);
  return {
    chain: operation.id,
    state: operation.outcome === null ? 'open' : 'ended',
    ...(await readChain(deps, operation.id)),
    anchoredIn: deps.auditBucket,
  };
}

/** A service's own audit, which never ends. */
export async function readServiceAudit(deps: ViewDeps, service: ServiceConfiguration): Promise<ApiAudit> {
  const chain = serviceChain(service);
  return { chain, state: 'open', ...(await readChain(deps, chain)), anchoredIn: deps.auditBucket };
}

/** So long a seal may come after its entry. */
const sealsWithin = minutes(1);

async function readChain(
  { store, now }: ViewDeps,
  chain: string,
): Promise<Pick<ApiAudit, 'head' | 'entries' | 'seals'>> {
  // The head first: what is written meanwhile is behind it, and proves nothing missing.
  const head = await store.audit.head(chain);
  const { entries, proofs } = await readProven(store, chain);
  const seals = proofs?.map(({ entry: { seq, at }, state, by, lateAt }) => {
    const pending = state === 'unsealed' && now() - at < sealsWithin;
    return { seq, state: pending ? ('pending' as const) : state, by, lateAt };
  });
  return { head, entries: entries.map(plain), seals: seals ?? null };
}

/** A chain with what proves its entries; without, while KMS does not answer: what happened is shown all the same. */
export async function readProven(
  { audit }: Pick<Store, 'audit'>,
  chain: string,
): Promise<{ entries: readonly AuditEntry[]; proofs: readonly AuditProof[] | null }> {
  try {
    const proofs = await audit.proofs(chain);
    return { entries: proofs.map(({ entry }) => entry), proofs };
  } catch (error) {
    if (!(error instanceof DependencyUnavailable && error.dependency === 'KMS')) throw error;
    return { entries: await audit.list(chain), proofs: null };
  }
}

/** What is doubtful about an entry, for people. Of one that was just written nothing is: its seal may be on its way. */
export function doubtOf({ state, entry, by, lateAt }: AuditProof, now: Instant): string | null {
  switch (state) {
    case 'sealed':
      return null;
    case 'late':
      return `not proven by its writer: ${by} sealed it at ${lateAt}`;
    case 'unsealed':
      return now - entry.at < sealsWithin ? null : 'not proven: nobody has sealed it';
    case 'forged':
      return 'forged: its seal is wrong';
  }
}

const plain = <Entry extends { readonly details: Readonly<Record<string, unknown>> }>(entry: Entry) => ({
  ...entry,
  details: { ...entry.details },
});
