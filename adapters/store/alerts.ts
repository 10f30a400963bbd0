import type { EnvironmentName } from '../../contracts/names.ts';
import {
  type ActedOn,
  type AlertRecord,
  type AlertSighting,
  actedOnSchema,
  alertSightingSchema,
} from '../../contracts/records/alert.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import type { ForgetAfter, Table } from './table.ts';

/** Which alert of a service: the same labels have the same fingerprint. */
export interface AlertId {
  readonly environment: EnvironmentName | null;
  readonly fingerprint: string;
}

/** Alerts that were told of, and what was done for them. */
export interface Alerts {
  /**
   * Remembers what was told of an alert last. News that comes late changes nothing: of an earlier firing, or of one that is known to be
   * resolved (I10).
   */
  tell(service: string, sighting: AlertSighting): Promise<void>;
  /** Something was done for it: its repetitions do nothing more. */
  markActedOn(service: string, id: AlertId, actedOn: ActedOn): Promise<void>;
  read(service: string, id: AlertId): Promise<AlertRecord | null>;
  /** Those that can be read, as they are now. */
  list(service: string): Promise<AlertRecord[]>;
}

/** The partition of the deliveries: it is all that the webhook may write, and it may only put whole items there. */
const pk = 'DELIVERIES';
const prefixOf = (service: string) => `ALERT#${service}#`;
const acted = '#acted-on';
const key = (service: string, { environment, fingerprint }: AlertId) => ({
  pk,
  sk: `${prefixOf(service)}${environment ?? 'any'}#${fingerprint}`,
});
/** What was done has an item of its own, since it is written by somebody else than what was told. */
const actedKey = (service: string, id: AlertId) => ({ pk, sk: `${key(service, id).sk}${acted}` });

export function createAlerts(table: Table, forgetAfter: ForgetAfter, onUnreadable: OnUnreadable): Alerts {
  return {
    async tell(service, sighting) {
      const { startsAt, seenAt, status } = sighting;
      const item = { ...sighting, expiresAt: forgetAfter(seenAt) };
      const names = { '#startsAt': 'startsAt', '#status': 'status' };
      await table.put(
        key(service, sighting),
        item,
        status === 'firing'
          ? {
              expression:
                'attribute_not_exists(pk) OR #startsAt < :startsAt OR (#startsAt = :startsAt AND #status = :status)',
              names,
              values: { ':startsAt': startsAt, ':status': status },
            }
          : {
              expression: 'attribute_not_exists(pk) OR #startsAt <= :startsAt',
              names: { '#startsAt': 'startsAt' },
              values: { ':startsAt': startsAt },
            },
      );
    },
    async markActedOn(service, id, actedOn) {
      await table.put(actedKey(service, id), { ...actedOn, expiresAt: forgetAfter(actedOn.at) });
    },
    async read(service, id) {
      const [told, done] = await Promise.all([table.get(key(service, id)), table.get(actedKey(service, id))]);
      const actedOn = readIfThere(actedOnSchema, done);
      const sighting = readIfThere(alertSightingSchema, told);
      if (sighting !== null) return { ...sighting, actedOn };
      // It was acted on before the webhook came to write it down, or could.
      if (actedOn === null) return null;
      const { startsAt, at: seenAt } = actedOn;
      const unknown = { name: 'unnamed alert', severity: 'none', judgedBy: actedOn.by, status: 'firing' as const };
      return { ...id, ...unknown, startsAt, seenAt, actedOn };
    },
    async list(service) {
      const prefix = prefixOf(service);
      const items = await table.query({
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
        ConsistentRead: true,
      });
      const done = new Map(items.filter(({ sk }) => sk.endsWith(acted)).map((item) => [item.sk, item]));
      const told = items.filter(({ sk }) => !sk.endsWith(acted));
      return readList(
        told,
        (item) => ({
          ...readRecord(alertSightingSchema, item),
          actedOn: readIfThere(actedOnSchema, done.get(`${item.sk}${acted}`) ?? null),
        }),
        onUnreadable,
      );
    },
  };
}
