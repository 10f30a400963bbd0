import { DependencyRefused, DependencyUnavailable } from '../contracts/errors.ts';
import type { KeptAnchor } from '../core/audit/anchor.ts';
import { regionOf } from './connection/connection.ts';
import { endedAs, unreachable, usageError } from './exit.ts';
import type { Session } from './session.ts';

/**
 * What is kept of an operation's audit in the bucket, read with the keys of whoever asks and not through Sluice: who could change
 * Sluice could change what it answers.
 *
 * @throws {CliError} when it cannot be read.
 */
export async function readAnchors({ world, api }: Session, bucket: string, operation: string): Promise<KeptAnchor[]> {
  const { createAnchors } = await import('../adapters/anchor/anchors.ts');
  const { url, s3 } = api.connection;
  const { env, awsCredentials } = world;
  const endpoint = s3 ?? env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
  const region = (await regionOf(world, url)) ?? (endpoint === undefined ? null : 'us-east-1');
  if (region === null)
    throw usageError(
      'It is not known in which region the bucket is.',
      'Set AWS_REGION, or a region in the AWS profile.',
    );
  // The sandbox knows nobody by their keys.
  const credentials =
    awsCredentials ?? (s3 === null ? undefined : { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' });
  const anchors = createAnchors({
    bucket,
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  try {
    return await anchors.list(operation);
  } catch (error) {
    if (error instanceof DependencyRefused && error.status === undefined) throw endedAs('ChainBroken', error.message);
    if (error instanceof DependencyRefused || error instanceof DependencyUnavailable) {
      const advice =
        'It takes AWS keys with s3:ListBucketVersions and s3:GetObjectVersion there, and kms:Decrypt on its key. --no-anchor leaves it out.';
      throw unreachable(`The anchor was not compared: ${error.message}`, advice, error);
    }
    throw error;
  }
}
