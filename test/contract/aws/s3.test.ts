import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startS3 } from '../../../sandbox/aws/start-s3.ts';
import { clientSettings } from './client-settings.ts';

const day = 86_400_000;
const Key = 'audit/op1/00000007.json';

describe.each(['GOVERNANCE', 'COMPLIANCE'] as const)('a bucket with Object Lock in %s mode', (mode) => {
  const Bucket = 'audit';
  let dataDir: string;
  let now: number;
  let s3: StandIn;
  let client: S3Client;
  const open = async () => {
    s3 = await startS3({ port: 0, dataDir, buckets: { [Bucket]: { mode, days: 2 } }, now: () => now });
    client = new S3Client({ ...clientSettings(s3.endpoint), forcePathStyle: true });
  };
  const close = async () => {
    client.destroy();
    await s3.close();
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-s3-'));
    now = Date.parse('2026-11-26T10:00:00Z');
    await open();
  });
  afterEach(async () => {
    await close();
    await rm(dataDir, { recursive: true });
  });
  const put = (Body: string, more = {}) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
  const read = async (VersionId?: string) =>
    (await client.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString();
  const versions = async () =>
    (await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'audit/op1/' }))).Versions ?? [];

  it('locks what is put into it for the bucket’s own time', async () => {
    await put('one');

    const { Body, ...kept } = await client.send(new GetObjectCommand({ Bucket, Key }));

    expect(await Body?.transformToString()).toBe('one');
    expect(kept).toMatchObject({ ObjectLockMode: mode, ObjectLockRetainUntilDate: new Date(now + 2 * day) });
  });

  it('refuses what has no checksum of its own, and what another checksum belongs to', async () => {
    const bare = await fetch(`${s3.endpoint}/${Bucket}/${Key}`, { method: 'PUT', body: 'one' });
    const other = put('one', { ChecksumSHA256: Buffer.alloc(32).toString('base64') });

    expect([bare.status, await bare.text()]).toEqual([400, expect.stringContaining('<Code>InvalidRequest</Code>')]);
    await expect(other).rejects.toMatchObject({ name: 'BadDigest' });
    expect(await versions()).toEqual([]);
  });

  it('keeps what is put over or hidden, as a version of it', async () => {
    const first = await put('one');
    await put('two');
    await client.send(new DeleteObjectCommand({ Bucket, Key }));

    await expect(read()).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await read(first.VersionId)).toBe('one');
    expect((await versions()).map(({ IsLatest }) => IsLatest)).toEqual([false, false]);
    await close();
    await open();
    expect(await read(first.VersionId)).toBe('one');
  });

  it('refuses a second one where there is to be one', async () => {
    await put('one', { IfNoneMatch: '*' });

    await expect(put('two', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect(await read()).toBe('one');
  });

  it('gives a locked version away to nobody but, in governance mode, to who may pass by it; and to anybody afterwards', async () => {
    const [first, second] = [await put('one'), await put('two')];
    const remove = (VersionId: string | undefined, BypassGovernanceRetention = false) =>
      client.send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention }));

    await expect(remove(first.VersionId)).rejects.toMatchObject({ name: 'AccessDenied' });
    const bypassed = remove(first.VersionId, true);
    if (mode === 'COMPLIANCE') await expect(bypassed).rejects.toMatchObject({ name: 'AccessDenied' });
    else await bypassed;
    now += 2 * day;
    await remove(second.VersionId);

    expect((await versions()).map(({ VersionId }) => VersionId)).toEqual(
      mode === 'COMPLIANCE' ? [first.VersionId] : [],
    );
  });

  it('lists its buckets, so that `aws s3 ls` says what there is', async () => {
    const { Buckets = [] } = await client.send(new ListBucketsCommand({}));

    expect(Buckets).toEqual([{ Name: Bucket, CreationDate: new Date('2026-11-26T10:00:00Z') }]);
  });

  it('has no other bucket', async () => {
    const asked = client.send(new GetObjectCommand({ Bucket: 'another', Key }));

    await expect(asked).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});
