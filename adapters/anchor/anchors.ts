import * as z from 'zod';
import { seconds } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import type { Anchor, KeptAnchor } from '../../core/audit/anchor.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { refused } from '../shared/dependency-errors.ts';

/** Where heads of audit chains are kept. Errors: DependencyUnavailable, DependencyRefused. */
export interface Anchors {
  /** Keeps one, once: `known` when there is one of this entry already. */
  put(anchor: Anchor, options?: CallOptions): Promise<'kept' | 'known'>;
  /** Everything that was ever kept of an operation. */
  list(operation: string, options?: CallOptions): Promise<KeptAnchor[]>;
}

export interface AnchorsOptions extends AwsOptions {
  readonly bucket: string;
}

/** Begins the key of each anchor, and bounds what functions may write (cdk/constructs/audit-bucket.ts). */
export const anchorPrefix = 'audit/';

const keyPrefix = (operation: string): string => `${anchorPrefix}${operation}/`;
/** One object for each entry: padded, so that text order is their order. */
const keyOf = ({ operation, seq }: Anchor): string => `${keyPrefix(operation)}${String(seq).padStart(8, '0')}.json`;

const anchorSchema = z.object({
  operation: z.string(),
  seq: z.int().min(1),
  hash: z.string(),
  at: z.number().transform(instant),
  outcome: z.string(),
});

/**
 * A bucket of S3 whose Object Lock has a default retention. Its client, the largest of all, is loaded with the first anchor: the functions
 * that have it anchor only when an operation ends, and the rescue is one of them (docs/adr/0016).
 */
export function createAnchors(options: AnchorsOptions): Anchors {
  let opened: Promise<Anchors> | undefined;
  const open = () => {
    opened ??= openBucket(options);
    return opened;
  };
  return {
    put: async (...asked) => (await open()).put(...asked),
    list: async (...asked) => (await open()).list(...asked),
  };
}

async function openBucket(options: AnchorsOptions): Promise<Anchors> {
  const { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } = await import(
    '@aws-sdk/client-s3'
  );
  const { bucket: Bucket, within = seconds(5) } = options;
  // Another address than AWS's own is an IP address or a name without a wildcard: the bucket goes into the path.
  const client = new S3Client({ ...awsClientConfig(options), forcePathStyle: options.endpoint !== undefined });
  const call = (attempted: string, retry: 'safe' | 'never', asked: CallOptions) => ({
    dependency: 'S3',
    attempted: `${attempted} in ${Bucket}`,
    retry,
    within,
    ...asked,
  });
  return {
    async put(anchor, asked = {}) {
      const Key = keyOf(anchor);
      const put = new PutObjectCommand({
        Bucket,
        Key,
        Body: JSON.stringify(anchor),
        ContentType: 'application/json',
        // S3 wants one for whatever it is to lock, and the signature's own hash is none.
        ChecksumAlgorithm: 'SHA256',
        IfNoneMatch: '*',
      });
      try {
        // A read, as far as repetitions go: the second one is refused.
        await callAws(call(`PutObject ${Key}`, 'safe', asked), (abortSignal) => client.send(put, { abortSignal }));
        return 'kept';
      } catch (error) {
        if (error instanceof Error && isAwsError(error.cause, 'PreconditionFailed')) return 'known';
        throw error;
      }
    },
    list(operation, asked = {}) {
      const Prefix = keyPrefix(operation);
      const listing = call(`ListObjectVersions ${Prefix}`, 'safe', asked);
      return callAws(listing, async (abortSignal) => {
        const found: KeptAnchor[] = [];
        for (let from = {}, more = true; more; ) {
          const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix, ...from }), { abortSignal });
          more = page.IsTruncated === true;
          from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
          for (const { Key, VersionId, LastModified } of page.Versions ?? []) {
            const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }), { abortSignal });
            const parsed = anchorSchema.safeParse(parseJson((await Body?.transformToString()) ?? ''));
            if (!parsed.success || parsed.data.operation !== operation || LastModified === undefined) {
              throw refused({ ...listing, reason: `version ${VersionId} of ${Key} is no anchor of ${operation}` });
            }
            found.push({ ...parsed.data, keptAt: instant(LastModified.getTime()) });
          }
        }
        return found;
      });
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
