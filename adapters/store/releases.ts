import type { Evidence } from '../../contracts/evidence.ts';
import { type Freeze, freezeRecordSchema } from '../../contracts/records/freeze.ts';
import { type Hold, holdRecordSchema } from '../../contracts/records/hold.ts';
import { type ReleaseRecord, releaseRecordSchema } from '../../contracts/records/release.ts';
import type { Release } from '../../contracts/release.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import { assignments, firstAssignments, type Item, type Table } from './table.ts';

export interface Releases {
  /** Stores a release with its evidence; what was learned of it before (approval, success) stays. */
  put(service: string, release: Release, evidence: Evidence): Promise<void>;
  read(service: string, digest: string): Promise<ReleaseRecord | null>;
  /** All that can be read. One that cannot is as if it were not there: nothing brings it in or goes back to it. */
  list(service: string): Promise<ReleaseRecord[]>;
  mark(
    service: string,
    digest: string,
    marks: Partial<Pick<ReleaseRecord, 'validatedAt' | 'approvedAt' | 'succeededAt' | 'environment'>>,
  ): Promise<void>;
  hold(service: string, hold: Hold): Promise<void>;
  releaseHold(service: string, digest: string): Promise<'released' | 'not-held'>;
  /** None is ever left out: what cannot be read of one is replaced. */
  holds(service: string): Promise<Hold[]>;
  freeze(service: string, freeze: Freeze): Promise<'frozen' | 'already-frozen'>;
  unfreeze(service: string): Promise<'unfrozen' | 'not-frozen'>;
  frozen(service: string): Promise<Freeze | null>;
}

const pk = (service: string) => `SERVICE#${service}`;
const holdPrefix = 'HOLD#';

export function createReleases(table: Table, onUnreadable: OnUnreadable): Releases {
  const startingWith = (service: string, prefix: string) =>
    table.query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk(service), ':prefix': prefix },
      ConsistentRead: true,
    });
  const releaseKey = (service: string, digest: string) => ({ pk: pk(service), sk: `RELEASE#${digest}` });
  const holdKey = (service: string, digest: string) => ({ pk: pk(service), sk: `${holdPrefix}${digest}` });
  const freezeKey = (service: string) => ({ pk: pk(service), sk: 'FREEZE' });
  const lift = async (key: { pk: string; sk: string }) =>
    (await table.update(key, {
      ...assignments({ lifted: true }),
      ConditionExpression: 'attribute_exists(pk) AND #lifted <> :lifted',
    })) === 'written';

  return {
    async put(service, release, evidence) {
      const set = firstAssignments({ release, evidence });
      await table.update(releaseKey(service, release.digest), {
        ...set,
        UpdateExpression: `${set.UpdateExpression}, validatedAt = if_not_exists(validatedAt, :null), approvedAt = if_not_exists(approvedAt, :null), succeededAt = if_not_exists(succeededAt, :null), environment = if_not_exists(environment, :null)`,
        ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':null': null },
      });
    },
    read: async (service, digest) => readIfThere(releaseRecordSchema, await table.get(releaseKey(service, digest))),
    list: async (service) =>
      readList(await startingWith(service, 'RELEASE#'), (item) => readRecord(releaseRecordSchema, item), onUnreadable),
    async mark(service, digest, marks) {
      await table.update(releaseKey(service, digest), {
        ...assignments(marks),
        ConditionExpression: 'attribute_exists(pk)',
      });
    },
    async hold(service, hold) {
      await table.put(holdKey(service, hold.digest), { ...hold, lifted: false });
    },
    releaseHold: async (service, digest) => ((await lift(holdKey(service, digest))) ? 'released' : 'not-held'),
    async holds(service) {
      return (await startingWith(service, holdPrefix)).flatMap(readHold);
    },
    async freeze(service, freeze) {
      const written = await table.put(
        freezeKey(service),
        { ...freeze, lifted: false },
        { expression: 'attribute_not_exists(pk) OR lifted = :lifted', values: { ':lifted': true } },
      );
      return written === 'written' ? 'frozen' : 'already-frozen';
    },
    unfreeze: async (service) => ((await lift(freezeKey(service))) ? 'unfrozen' : 'not-frozen'),
    async frozen(service) {
      const record = readIfThere(freezeRecordSchema, await table.get(freezeKey(service)));
      if (record === null || record.lifted) return null;
      const { lifted: _, ...freeze } = record;
      return freeze;
    },
  };
}

/** Nothing when it was lifted. */
function readHold(item: Item): Hold[] {
  const { lifted, ...hold } = readRecord(holdRecordSchema, item);
  return lifted ? [] : [{ ...hold, digest: item.sk.slice(holdPrefix.length) }];
}
