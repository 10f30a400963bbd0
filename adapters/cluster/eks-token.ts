import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { minutes } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { AwsCredentials } from '../shared/aws.ts';

/** Seconds that the presigned URL itself claims, as `aws eks get-token` writes it. EKS accepts the token for 15 minutes. */
const urlExpiresIn = 60;

/** How long a token is used before a new one is made: EKS refuses it after 15 minutes. */
export const tokenGoodFor = minutes(14);

/**
 * The bearer token by which an AWS identity enters an EKS cluster: a presigned `sts:GetCallerIdentity` URL that carries
 * the cluster's name as a signed header. No request is made.
 */
export async function signEksToken(options: {
  readonly clusterName: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  readonly now: Instant;
}): Promise<string> {
  const hostname = `sts.${options.region}.${options.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'}`;
  const signer = new SignatureV4({
    service: 'sts',
    region: options.region,
    credentials: options.credentials,
    sha256: Sha256,
  });
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': options.clusterName },
    },
    { expiresIn: urlExpiresIn, signingDate: new Date(options.now) },
  );
  const query = Object.entries(signed.query ?? {})
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`;
}
