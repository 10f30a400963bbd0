import { randomUUID } from 'node:crypto';
import { openJournal } from '../journal/journal.ts';
import { AwsError } from './aws-error.ts';

/** What a bucket with Object Lock does to everything that is put into it. */
export interface DefaultRetention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE';
  readonly days: number;
}

/** One version of an object, or a marker that hides those before it. */
export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  /** Null: a delete marker. */
  readonly body: string | null;
  /** ISO 8601. */
  readonly lastModified: string;
  readonly retainUntil: string | null;
}

type Written = { readonly put: ObjectVersion } | { readonly removed: string };

const day = 86_400_000;

/** A versioned bucket with Object Lock and a default retention, in a journal on disk. */
export class LockedBucket {
  readonly retention: DefaultRetention;
  readonly #journal: Awaited<ReturnType<typeof openJournal<Written>>>['journal'];
  #versions: ObjectVersion[] = [];

  private constructor(retention: DefaultRetention, opened: Awaited<ReturnType<typeof openJournal<Written>>>) {
    this.retention = retention;
    this.#journal = opened.journal;
    for (const written of opened.records) this.#apply(written);
  }

  static async open(file: string, retention: DefaultRetention): Promise<LockedBucket> {
    return new LockedBucket(retention, await openJournal<Written>(file, { sync: false }));
  }

  /** All that is there, the newest first within a key, as S3 lists it. */
  versions(prefix: string): ObjectVersion[] {
    return this.#versions
      .filter(({ key }) => key.startsWith(prefix))
      .toReversed()
      .toSorted((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  }

  /** @throws AwsError `NoSuchKey` */
  get(key: string, versionId: string | null): ObjectVersion & { body: string } {
    const [found] = this.versions(key).filter(
      (one) => one.key === key && (versionId ?? one.versionId) === one.versionId,
    );
    if (found === undefined || found.body === null) {
      throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    }
    return { ...found, body: found.body };
  }

  /** A version more: what was there stays. */
  async put(key: string, body: string, now: number): Promise<ObjectVersion> {
    const retainUntil = new Date(now + this.retention.days * day).toISOString();
    return this.#add({ key, body, retainUntil, lastModified: new Date(now).toISOString(), versionId: randomUUID() });
  }

  /** Hides an object, or removes a version of it. @throws AwsError `AccessDenied` for one that is retained. */
  async delete(key: string, versionId: string | null, bypassGovernance: 'yes' | 'no', now: number): Promise<void> {
    if (versionId === null) {
      const lastModified = new Date(now).toISOString();
      await this.#add({ key, body: null, retainUntil: null, lastModified, versionId: randomUUID() });
      return;
    }
    const found = this.#versions.find((one) => one.key === key && one.versionId === versionId);
    const retained = found?.retainUntil != null && Date.parse(found.retainUntil) > now;
    if (retained && !(this.retention.mode === 'GOVERNANCE' && bypassGovernance === 'yes')) {
      throw new AwsError('AccessDenied', 'Access Denied because object protected by object lock.', 403);
    }
    const removed = { removed: versionId };
    this.#apply(removed);
    await this.#journal.append(removed);
  }

  async #add(version: ObjectVersion): Promise<ObjectVersion> {
    this.#apply({ put: version });
    await this.#journal.append({ put: version });
    return version;
  }

  #apply(written: Written): void {
    if ('put' in written) this.#versions.push(written.put);
    else this.#versions = this.#versions.filter(({ versionId }) => versionId !== written.removed);
  }

  close(): Promise<void> {
    return this.#journal.close();
  }
}
