import { type DeliveryRecord, deliveryItemSchema } from '../../contracts/records/delivery.ts';
import { type OnUnreadable, readList, readRecord } from './read-record.ts';
import type { ForgetAfter, Item, Table } from './table.ts';

export interface Deliveries {
  /** Records a delivery; one that comes again later has a record of its own. */
  record(delivery: DeliveryRecord): Promise<void>;
  /** The newest deliveries that can be read, newest first; none from before `since`, ISO 8601. */
  list(limit: number, since?: string): Promise<DeliveryRecord[]>;
}

export function createDeliveries(table: Table, forgetAfter: ForgetAfter, onUnreadable: OnUnreadable): Deliveries {
  return {
    async record(delivery) {
      // `id` and `service` are the keys of the index byService, where operations live: here they have other names.
      const { id, service, ...rest } = delivery;
      await table.put(
        // A start and what came of it may be of one millisecond.
        { pk: 'DELIVERIES', sk: `DELIVERY#${delivery.at}#${id}${delivery.answers == null ? '' : '#answer'}` },
        {
          ...rest,
          deliveryId: id,
          deliveredTo: service,
          expiresAt: forgetAfter(delivery.at),
        },
      );
    },
    async list(limit, since = '') {
      const items = await table.query({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': 'DELIVERIES', ':from': `DELIVERY#${since}`, ':to': 'DELIVERY#~' },
        ScanIndexForward: false,
        Limit: limit,
      });
      return readList(items, readDelivery, onUnreadable);
    },
  };
}

function readDelivery(item: Item): DeliveryRecord {
  const { deliveryId, deliveredTo, ...rest } = readRecord(deliveryItemSchema, item);
  return { ...rest, id: deliveryId, service: deliveredTo };
}
