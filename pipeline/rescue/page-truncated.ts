import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, minutes } from '../../contracts/duration.ts';
import { formatInstant, instant } from '../../contracts/instant.ts';
import { truncatedDelivery } from '../../contracts/records/delivery.ts';
import { pageOnCall } from '../notice/page-on-call.ts';
import { serviceChain } from '../operation/service-chain.ts';
import type { GuardianDeps } from '../ports.ts';

/** So far back is looked: two looks of the timer may fail. */
const lately = minutes(20);
/** A receiver that goes on leaving alerts out is paged about so often. */
const again = hours(1);
const newest = 200;

/**
 * Pages about alerts that Alertmanager left out of a notification (`max_alerts`): nobody has judged them, and one may be what should have
 * brought the traffic back. Whom it concerns is not always known: then everybody.
 */
export async function pageTruncated(deps: GuardianDeps, service: ServiceConfiguration): Promise<void> {
  const since = formatInstant(instant(deps.now() - lately));
  const deliveries = await deps.store.deliveries.list(newest, since);
  const found = deliveries.find(
    ({ id, service: whose }) => id === truncatedDelivery && (whose === null || whose === service.name),
  );
  if (found === undefined) return;
  const reason = `${found.reason}: nobody has looked at those. See what fires for ${service.name}, and raise max_alerts of Alertmanager's receiver`;
  const pausedAt = instant(Math.floor(deps.now() / again) * again);
  await pageOnCall(deps, service, { operation: serviceChain(service), kind: 'needs-a-person', reason, pausedAt });
}
