import type { ApiAudit } from '../../contracts/api/audit.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
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
  return { chain, state: 'open', ...(await readChain(deps, chain)), anchoredIn: null };
}

async function readChain({ store }: ViewDeps, chain: string): Promise<Pick<ApiAudit, 'head' | 'entries'>> {
  // The head first: what is written meanwhile is behind it, and proves nothing missing.
  const head = await store.audit.head(chain);
  return { head, entries: (await store.audit.list(chain)).map(plain) };
}

const plain = <Entry extends { readonly details: Readonly<Record<string, unknown>> }>(entry: Entry) => ({
  ...entry,
  details: { ...entry.details },
});
