import { forgetAfter, type Table } from './table.ts';

/** What came in from outside and what was made of it, so that nobody has to guess why nothing started. */
export interface DeliveryRecord {
  /** GitHub's delivery id, or Alertmanager's fingerprint. */
  readonly id: string;
  readonly source: 'github' | 'alertmanager';
  readonly service: string | null;
  readonly at: string;
  readonly accepted: 'started' | 'ignored';
  readonly reason: string;
}

export interface Deliveries {
  /** Records a delivery; a redelivery replaces its own earlier record. */
  record(delivery: DeliveryRecord): Promise<void>;
  /** The newest deliveries, newest first. */
  list(limit: number): Promise<DeliveryRecord[]>;
}

export function createDeliveries(table: Table): Deliveries {
  return {
    async record(delivery) {
      // `id` and `service` are the keys of the index byService, where operations live: here they have other names.
      const { id, service, ...rest } = delivery;
      await table.put(
        { pk: 'DELIVERIES', sk: `DELIVERY#${delivery.at}#${id}` },
        {
          ...rest,
          deliveryId: id,
          deliveredTo: service,
          expiresAt: forgetAfter(delivery.at),
        },
      );
    },
    async list(limit) {
      const items = await table.query<
        Omit<DeliveryRecord, 'id' | 'service'> & { deliveryId: string; deliveredTo: string | null }
      >({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': 'DELIVERIES', ':prefix': 'DELIVERY#' },
        ScanIndexForward: false,
        Limit: limit,
      });
      return items.map(({ deliveryId, deliveredTo, source, at, accepted, reason }) => ({
        id: deliveryId,
        service: deliveredTo,
        source,
        at,
        accepted,
        reason,
      }));
    },
  };
}
