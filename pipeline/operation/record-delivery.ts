import type { Store } from '../../adapters/store/store.ts';
import type { DeliveryRecord } from '../../contracts/records/delivery.ts';
import type { Log } from '../ports.ts';

/** Records what became of a delivery. What was decided stands, whether or not it can be written down. */
export async function recordDelivery(
  { store, log }: { readonly store: Pick<Store, 'deliveries'>; readonly log: Log },
  delivery: DeliveryRecord,
): Promise<void> {
  try {
    await store.deliveries.record(delivery);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    log({ level: 'warn', message: `Delivery ${delivery.id} could not be recorded: ${cause}`, delivery });
  }
}
