import { forgetAfter, type Table } from './table.ts';

/** An execution that was started, as it was started: what finds it when nothing else knows of it any more (functions/guardian). */
export interface StartedExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  /** ISO 8601, as Step Functions gave it. */
  readonly startedAt: string;
  /** JSON text. */
  readonly input: string;
}

/** What came in from outside and what was made of it, so that nobody has to guess why nothing started. */
export interface DeliveryRecord {
  /** GitHub's delivery id, Alertmanager's fingerprint, or the name of the execution that a person started. */
  readonly id: string;
  readonly source: 'github' | 'alertmanager' | 'person';
  readonly service: string | null;
  readonly at: string;
  /** `paused`: it stopped an operation that was at work, and started none of its own. */
  readonly accepted: 'started' | 'paused' | 'ignored';
  readonly reason: string;
  /** Null when it started nothing. */
  readonly started: StartedExecution | null;
  /** ARN of the execution whose start is recorded already, and of which this says what came of it; absent in the record of a start. */
  readonly answers?: string | null;
}

export interface Deliveries {
  /** Records a delivery; a redelivery replaces its own earlier record. */
  record(delivery: DeliveryRecord): Promise<void>;
  /** The newest deliveries, newest first; none from before `since`, ISO 8601. */
  list(limit: number, since?: string): Promise<DeliveryRecord[]>;
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
    async list(limit, since = '') {
      const items = await table.query<
        Omit<DeliveryRecord, 'id' | 'service' | 'started'> & {
          deliveryId: string;
          deliveredTo: string | null;
          /** Records of before have none. */
          started?: StartedExecution | null;
        }
      >({
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':pk': 'DELIVERIES', ':from': `DELIVERY#${since}`, ':to': 'DELIVERY#~' },
        ScanIndexForward: false,
        Limit: limit,
      });
      return items.map(({ deliveryId, deliveredTo, source, at, accepted, reason, started = null, answers = null }) => ({
        id: deliveryId,
        service: deliveredTo,
        source,
        at,
        accepted,
        reason,
        started,
        answers,
      }));
    },
  };
}
