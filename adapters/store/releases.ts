import type { Evidence } from '../../contracts/evidence.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { Release } from '../../contracts/release.ts';
import { assignments, type Table } from './table.ts';

/** What is known of a release: where it came from, what was proven of it, whether it was allowed in (I3). */
export interface ReleaseRecord {
  readonly release: Release;
  readonly evidence: Evidence;
  readonly validatedAt: string | null;
  readonly approvedAt: string | null;
  /** When it last became the active release by a deployment that succeeded, and where. */
  readonly succeededAt: string | null;
  readonly environment: EnvironmentName | null;
}

/** Why a release may not be deployed again (I6). */
export interface Hold {
  readonly version: string;
  readonly digest: string;
  readonly reason: string;
  readonly operation: string;
  readonly at: string;
}

/** Why nothing may change on a service until a person says so. */
export interface Freeze {
  readonly reason: string;
  readonly operation: string | null;
  readonly by: string;
  readonly at: string;
}

export interface Releases {
  /** Stores a release with its evidence; what was learned of it before (approval, success) stays. */
  put(service: string, release: Release, evidence: Evidence): Promise<void>;
  read(service: string, digest: string): Promise<ReleaseRecord | null>;
  list(service: string): Promise<ReleaseRecord[]>;
  mark(
    service: string,
    digest: string,
    marks: Partial<Pick<ReleaseRecord, 'validatedAt' | 'approvedAt' | 'succeededAt' | 'environment'>>,
  ): Promise<void>;
  hold(service: string, hold: Hold): Promise<void>;
  releaseHold(service: string, digest: string): Promise<'released' | 'not-held'>;
  holds(service: string): Promise<Hold[]>;
  freeze(service: string, freeze: Freeze): Promise<'frozen' | 'already-frozen'>;
  unfreeze(service: string): Promise<'unfrozen' | 'not-frozen'>;
  frozen(service: string): Promise<Freeze | null>;
}

const pk = (service: string) => `SERVICE#${service}`;

export function createReleases(table: Table): Releases {
  const startingWith = <T>(service: string, prefix: string) =>
    table.query<T>({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk(service), ':prefix': prefix },
      ConsistentRead: true,
    });
  const releaseKey = (service: string, digest: string) => ({ pk: pk(service), sk: `RELEASE#${digest}` });
  const holdKey = (service: string, digest: string) => ({ pk: pk(service), sk: `HOLD#${digest}` });
  const freezeKey = (service: string) => ({ pk: pk(service), sk: 'FREEZE' });
  const lift = async (key: { pk: string; sk: string }) =>
    (await table.update(key, {
      ...assignments({ lifted: true }),
      ConditionExpression: 'attribute_exists(pk) AND #lifted <> :lifted',
    })) === 'written';

  return {
    async put(service, release, evidence) {
      const set = assignments({ release, evidence });
      await table.update(releaseKey(service, release.digest), {
        ...set,
        UpdateExpression: `${set.UpdateExpression}, validatedAt = if_not_exists(validatedAt, :null), approvedAt = if_not_exists(approvedAt, :null), succeededAt = if_not_exists(succeededAt, :null), environment = if_not_exists(environment, :null)`,
        ExpressionAttributeValues: { ...set.ExpressionAttributeValues, ':null': null },
      });
    },
    read: (service, digest) => table.get<ReleaseRecord>(releaseKey(service, digest)),
    list: (service) => startingWith<ReleaseRecord>(service, 'RELEASE#'),
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
      const holds = await startingWith<Hold & { lifted: boolean }>(service, 'HOLD#');
      return holds.filter((hold) => !hold.lifted);
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
      const freeze = await table.get<Freeze & { lifted: boolean }>(freezeKey(service));
      return freeze === null || freeze.lifted ? null : freeze;
    },
  };
}
