import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { minutes } from '../../contracts/duration.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import type { GuardianDeps } from '../ports.ts';

/** So long whoever freezes a service may take to page. */
const gracePeriod = minutes(1);

/**
 * Pages about a service that an operation froze, once: whoever froze it may have died before the page, found every pager down, or have no right
 * to page at all, as the API that unlocks. A person's own freeze needs nobody to be woken.
 */
export async function pageFreezes(deps: GuardianDeps, service: ServiceConfiguration): Promise<void> {
  const frozen = await deps.store.releases.frozen(service.name);
  if (frozen === null || frozen.operation === null) return;
  if (deps.now() - Date.parse(frozen.at) < gracePeriod) return;
  await pageOnCall(deps, service, { operation: frozen.operation, kind: 'frozen', reason: frozen.reason });
}
