import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Anchors, createAnchors } from '../../../adapters/anchor/anchors.ts';
import { milliseconds } from '../../../contracts/duration.ts';
import { instant } from '../../../contracts/instant.ts';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startS3 } from '../../../sandbox/aws/start-s3.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { startScriptedServer } from './scripted-server.ts';

const anchor = { operation: 'op1', seq: 7, hash: 'ab12', at: instant(1_000), outcome: 'succeeded' };
const bucket = 'audit';

describe('anchors in a bucket with Object Lock', () => {
  let dataDir: string;
  let s3: StandIn;
  let anchors: Anchors;
  let other: S3Client;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-anchors-'));
    const now = () => Date.parse('2026-11-26T10:00:00Z');
    s3 = await startS3({ port: 0, dataDir, buckets: { [bucket]: { mode: 'COMPLIANCE', days: 1 } }, now });
    anchors = createAnchors({ ...clientSettings(s3.endpoint), bucket });
    other = new S3Client({ ...clientSettings(s3.endpoint), forcePathStyle: true });
  });
  afterEach(async () => {
    other.destroy();
    await s3.close();
    await rm(dataDir, { recursive: true });
  });
  const kept = { ...anchor, keptAt: instant(Date.parse('2026-11-26T10:00:00Z')) };

  it('are kept once, however often they are put, and read back with the time at which they were', async () => {
    expect([await anchors.put(anchor), await anchors.put(anchor)]).toEqual(['kept', 'known']);
    await anchors.put({ ...anchor, operation: 'op12' });

    expect(await anchors.list('op1')).toEqual([kept]);
    expect(await anchors.list('op2')).toEqual([]);
  });

  it('are all read, also one that was put over or hidden by somebody', async () => {
    await anchors.put(anchor);
    const Key = 'audit/op1/00000007.json';
    const forged = JSON.stringify({ ...anchor, hash: 'forged' });
    await other.send(new PutObjectCommand({ Bucket: bucket, Key, Body: forged }));
    await other.send(new DeleteObjectCommand({ Bucket: bucket, Key }));

    const hashes = (await anchors.list('op1')).map(({ hash }) => hash);

    expect(hashes.sort()).toEqual(['ab12', 'forged']);
  });

  it.each(['no JSON', '{"operation":"op1"}', JSON.stringify({ ...anchor, operation: 'op2' })])(
    'are not mistaken for something else: %s',
    async (Body) => {
      await other.send(new PutObjectCommand({ Bucket: bucket, Key: 'audit/op1/x.json', Body }));

      await expect(anchors.list('op1')).rejects.toThrow(/S3: ListObjectVersions .*is no anchor of op1/);
    },
  );

  it('say that a bucket is not there', async () => {
    const nowhere = createAnchors({ ...clientSettings(s3.endpoint), bucket: 'another' });

    await expect(nowhere.put(anchor)).rejects.toMatchObject({ name: 'DependencyRefused', status: 404 });
  });

  it('are put again when two writers met, as S3 asks for', async () => {
    const busy = await startScriptedServer();
    let asked = 0;
    busy.answer((_, response) => {
      asked += 1;
      if (asked > 1) return void response.end();
      response.writeHead(409, { 'content-type': 'application/xml' });
      response.end('<Error><Code>ConditionalRequestConflict</Code><Message>met</Message></Error>');
    });

    expect(await createAnchors({ ...clientSettings(busy.url), bucket }).put(anchor)).toBe('kept');
    expect(asked).toBe(2);
    await busy.close();
  });

  it('end in time when S3 says nothing', async () => {
    const silent = await startScriptedServer();
    silent.answer(() => undefined);
    const late = createAnchors({ ...clientSettings(silent.url), bucket, within: milliseconds(100) });

    await expect(late.put(anchor)).rejects.toThrow(/S3: PutObject .*no answer within 100 ms/);
    await silent.close();
  });
});
