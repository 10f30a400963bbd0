import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AwsError } from './aws-error.ts';
import { type ServiceAnswer, type ServiceRequest, type StandIn, startListener } from './listener.ts';
import { type DefaultRetention, LockedBucket, type ObjectVersion } from './locked-bucket.ts';

/**
 * Starts S3 with buckets that have Object Lock: PutObject, GetObject, DeleteObject, ListObjectVersions and ListBuckets, addressed by path. A put needs
 * a checksum, as everything does that S3 is to lock.
 */
export async function startS3(options: {
  port: number;
  dataDir: string;
  buckets: Readonly<Record<string, DefaultRetention>>;
  now?: () => number;
}): Promise<StandIn> {
  const now = options.now ?? Date.now;
  const buckets = new Map(
    await Promise.all(
      Object.entries(options.buckets).map(
        async ([name, retention]) =>
          [name, await LockedBucket.open(join(options.dataDir, 's3', `${name}.jsonl`), retention)] as const,
      ),
    ),
  );
  const opened = new Date(now()).toISOString();
  const listener = await startListener({
    port: options.port,
    handle: async (request) => {
      try {
        const [, name = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(request.path)) ?? [];
        if (name === '' && request.method === 'GET') return xml(200, listed([...buckets.keys()], opened));
        const bucket = buckets.get(name);
        if (bucket === undefined) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
        return await answer(bucket, { name, key, now: now() }, request);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const body = `<Error><Code>${error.name}</Code><Message>${escapeXml(error.message)}</Message><RequestId>${randomUUID()}</RequestId></Error>`;
        return xml(error.status, body);
      }
    },
  });
  return {
    endpoint: listener.endpoint,
    close: async () => {
      await listener.close();
      for (const bucket of buckets.values()) await bucket.close();
    },
  };
}

interface Asked {
  readonly name: string;
  readonly key: string;
  readonly now: number;
}

async function answer(
  bucket: LockedBucket,
  { name, key, now }: Asked,
  { method, query, headers, body }: ServiceRequest,
): Promise<ServiceAnswer> {
  const versionId = query.get('versionId');
  if (method === 'GET' && key === '' && query.has('versions')) {
    return xml(200, listing(name, query.get('prefix') ?? '', bucket));
  }
  if (method === 'GET' && key !== '') {
    const found = bucket.get(key, versionId);
    return { status: 200, headers: headersOf(found, bucket), body: found.body };
  }
  if (method === 'PUT' && key !== '') {
    checkSum(headers, body);
    const taken = bucket.versions(key).find((one) => one.key === key);
    if (headers['if-none-match'] === '*' && taken !== undefined && taken.body !== null) {
      throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412);
    }
    const put = await bucket.put(key, body.toString('utf8'), now);
    return { status: 200, headers: { etag: etagOf(body), 'x-amz-version-id': put.versionId } };
  }
  if (method === 'DELETE' && key !== '') {
    const bypass = headers['x-amz-bypass-governance-retention'] === 'true' ? 'yes' : 'no';
    await bucket.delete(key, versionId, bypass, now);
    return { status: 204 };
  }
  throw new AwsError('NotImplemented', `The sandbox does not know ${method} of ${key || 'a bucket'}.`, 501);
}

const headersOf = ({ versionId, lastModified, retainUntil, body }: ObjectVersion, { retention }: LockedBucket) => ({
  'content-type': 'application/json',
  'last-modified': new Date(lastModified).toUTCString(),
  etag: etagOf(Buffer.from(body ?? '')),
  'x-amz-version-id': versionId,
  'x-amz-object-lock-mode': retention.mode,
  'x-amz-object-lock-retain-until-date': retainUntil ?? '',
});

const checksums: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  'content-md5': (body) => createHash('md5').update(body).digest(),
  'x-amz-checksum-sha256': (body) => createHash('sha256').update(body).digest(),
  'x-amz-checksum-crc32': (body) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32(body));
    return sum;
  },
};

/** @throws AwsError without a checksum, and for one of something else. The hash in the signature is none. */
function checkSum(headers: ServiceRequest['headers'], body: Buffer): void {
  const checks = Object.entries(checksums).map(([header, sum]) => ({ given: headers[header]?.toString(), sum }));
  const given = checks.filter((check) => check.given !== undefined);
  if (given.length === 0) {
    const message =
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters';
    throw new AwsError('InvalidRequest', message);
  }
  if (given.some((check) => check.sum(body).toString('base64') !== check.given)) {
    throw new AwsError('BadDigest', 'The checksum you specified did not match the calculated checksum.');
  }
}

function listing(name: string, prefix: string, bucket: LockedBucket): string {
  const seen = new Set<string>();
  const items = bucket.versions(prefix).map(({ key, versionId, body, lastModified }) => {
    const latest = !seen.has(key);
    seen.add(key);
    const common = `<Key>${escapeXml(key)}</Key><VersionId>${versionId}</VersionId><IsLatest>${latest}</IsLatest><LastModified>${lastModified}</LastModified>`;
    return body === null
      ? `<DeleteMarker>${common}</DeleteMarker>`
      : `<Version>${common}<ETag>${escapeXml(etagOf(Buffer.from(body)))}</ETag><Size>${Buffer.byteLength(body)}</Size><StorageClass>STANDARD</StorageClass></Version>`;
  });
  const head = `<Name>${name}</Name><Prefix>${escapeXml(prefix)}</Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>`;
  return `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${head}${items.join('')}</ListVersionsResult>`;
}

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;
const xml = (status: number, body: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
});
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The answer to ListBuckets: a stand-in has no account, and its buckets began with it. */
const listed = (names: readonly string[], since: string): string =>
  `<ListAllMyBucketsResult><Owner><ID>sandbox</ID></Owner><Buckets>${names
    .map((name) => `<Bucket><Name>${escapeXml(name)}</Name><CreationDate>${since}</CreationDate></Bucket>`)
    .join('')}</Buckets></ListAllMyBucketsResult>`;
