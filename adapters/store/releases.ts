import { NotFound } from '../../contracts/errors.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import type { Reason } from '../../contracts/reason.ts';
import { type Freeze, freezeRecordSchema } from '../../contracts/records/freeze.ts';
import { type Hold, holdRecordSchema } from '../../contracts/records/hold.ts';
import { type ReleaseRecord, releaseRecordSchema } from '../../contracts/records/release.ts';
import type { Release } from '../../contracts/release.ts';
import { releaseContradicted } from '../../core/release/identity.ts';
import { type OnUnreadable, readIfThere, readList, readRecord } from './read-record.ts';
import { assignments, type Item, type Key, type Table } from './table.ts';

export type PutRelease = { kind: 'stored' } | { kind: 'contradicted'; reason: Reason };

export interface Releases {
  /**
   * Stores a release with its evidence. One that is known stays as it is, with what was learned of it (approval, success), and gets the
   * newer evidence; where the two contradict each other nothing is written (I3).
   */
  put(service: string, release: Release, evidence: Evidence): Promise<PutRelease>;
  read(service: string, digest: string): Promise<ReleaseRecord | null>;
  /** All that can be read. One that cannot is as if it were not there: nothing brings it in or goes back to it. */
  list(service: string): Promise<ReleaseRecord[]>;
  mark(
    service: string,
    digest: string,
    marks: Partial<
      Pick<ReleaseRecord, 'validatedAt' | 'approvedAt' | 'succeededAt' | 'environment' | 'source' | 'measured'>
    >,
  ): Promise<void>;
  hold(service: string, hold: Hold): Promise<void>;
  releaseHold(service: string, digest: string): Promise<'released' | 'not-held'>;
  /** None is ever left out: what cannot be read of one is replaced. */
  holds(service: string): Promise<Hold[]>;
  freeze(service: string, freeze: Freeze): Promise<'frozen' | 'already-frozen'>;
  unfreeze(service: string): Promise<'unfrozen' | 'not-frozen'>;
  frozen(service: string): Promise<Freeze | null>;
}

/** A partition for each kind, since IAM tells writers apart by it. */
const releasePk = (service: string) => `RELEASE#${service}`;
const holdPk = (service: string) => `HOLD#${service}`;
const releasePrefix = 'RELEASE#';
const holdPrefix = 'HOLD#';

export function createReleases(table: Table, onUnreadable: OnUnreadable): Releases {
  const startingWith = (pk: string, prefix: string) =>
    table.query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
      ConsistentRead: true,
    });
  const releaseKey = (service: string, digest: string) => ({ pk: releasePk(service), sk: `${releasePrefix}${digest}` });
  const holdKey = (service: string, digest: string) => ({ pk: holdPk(service), sk: `${holdPrefix}${digest}` });
  const freezeKey = (service: string) => ({ pk: `FREEZE#${service}`, sk: 'FREEZE' });
  const lift = async (key: { pk: string; sk: string }) =>
    (await table.update(key, {
      ...assignments({ lifted: true }),
      ConditionExpression: 'attribute_exists(pk) AND #lifted <> :lifted',
    })) === 'written';

  return {
    async put(service, release, evidence) {
      const key = releaseKey(service, release.digest);
      const unmarked = { validatedAt: null, approvedAt: null, succeededAt: null, environment: null };
      const first = { release, evidence, ...unmarked };
      if ((await table.put(key, first, { expression: 'attribute_not_exists(pk)' })) === 'written')
        return { kind: 'stored' };
      const known = readRecord(releaseRecordSchema, await present(table, key));
      const reason = releaseContradicted(known.release, release);
      if (reason !== null) return { kind: 'contradicted', reason };
      await table.update(key, assignments({ evidence }));
      return { kind: 'stored' };
    },
    read: async (service, digest) => readIfThere(releaseRecordSchema, await table.get(releaseKey(service, digest))),
    list: async (service) =>
      readList(
        await startingWith(releasePk(service), releasePrefix),
        (item) => readRecord(releaseRecordSchema, item),
        onUnreadable,
      ),
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
      return (await startingWith(holdPk(service), holdPrefix)).flatMap(readHold);
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

/** Releases are never deleted: one that was there a moment ago is there. */
async function present(table: Table, key: Key): Promise<Item> {
  const item = await table.get(key);
  if (item === null) throw new NotFound(`The record ${key.pk} ${key.sk} was there, and is gone.`);
  return item;
}

/** Nothing when it was lifted. */
function readHold(item: Item): Hold[] {
  const { lifted, ...hold } = readRecord(holdRecordSchema, item);
  return lifted ? [] : [{ ...hold, digest: item.sk.slice(holdPrefix.length) }];
}
