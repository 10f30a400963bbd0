import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { signEksToken } from '../../../../adapters/cluster/eks-token.ts';
import { instant } from '../../../../contracts/instant.ts';
import { authenticateEksToken } from '../../../../sandbox/aws/authenticate-eks-token.ts';

const keys = new Map([
  ['AKIAACT', { secretAccessKey: 'act-secret', roleName: 'act', groups: ['sluice:writers'] }],
  ['AKIAOBSERVE', { secretAccessKey: 'observe-secret', roleName: 'observe' }],
]);
const signedAt = new Date('2026-11-20T10:00:00Z');
const minutesLater = (minutes: number): Date => new Date(signedAt.getTime() + minutes * 60_000);
const production = { cluster: 'production', now: minutesLater(1) };

/** A token as the AWS CLI and the SDKs make it. */
async function makeToken(given: {
  accessKeyId?: string;
  secret?: string;
  cluster?: string;
  region?: string;
  expiresIn?: number;
}) {
  const region = given.region ?? 'us-east-1';
  const signer = new SignatureV4({
    service: 'sts',
    region,
    sha256: Sha256,
    credentials: { accessKeyId: given.accessKeyId ?? 'AKIAACT', secretAccessKey: given.secret ?? 'act-secret' },
  });
  const hostname = `sts.${region}.amazonaws.com`;
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
    headers: { host: hostname, 'x-k8s-aws-id': given.cluster ?? 'production' },
  };
  const signed = await signer.presign(request, {
    expiresIn: given.expiresIn ?? 60,
    signingDate: signedAt,
    unhoistableHeaders: new Set(['x-k8s-aws-id']),
  });
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return toToken(`https://${hostname}/?${query.join('&')}`);
}

const toToken = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
const toUrl = (token: string): URL => new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());

describe('a token that the SDK signed', () => {
  it('tells the role and its groups', async () => {
    expect(authenticateEksToken(await makeToken({}), keys, production)).toEqual({
      user: 'act',
      groups: ['sluice:writers', 'system:authenticated'],
    });
  });

  it('is good in other regions and for quarter of an hour, whatever its own expiry', async () => {
    const token = await makeToken({ accessKeyId: 'AKIAOBSERVE', secret: 'observe-secret', region: 'eu-west-1' });

    expect(authenticateEksToken(token, keys, { cluster: 'production', now: minutesLater(14) })?.user).toBe('observe');
    expect(authenticateEksToken(token, keys, { cluster: 'production', now: minutesLater(16) })).toBeNull();
  });
});

it('accepts what the adapter signs', async () => {
  const credentials = { accessKeyId: 'AKIAACT', secretAccessKey: 'act-secret' };
  const token = await signEksToken({
    clusterName: 'production',
    region: 'us-east-1',
    credentials,
    now: instant(signedAt.getTime()),
  });

  expect(authenticateEksToken(token, keys, production)?.user).toBe('act');
});

it.each([
  ['signed by a key that nobody has', { accessKeyId: 'AKIANOBODY' }],
  ['signed with the wrong secret', { secret: 'guessed' }],
  ['for another cluster', { cluster: 'staging' }],
  ['that wants to live longer than AWS allows', { expiresIn: 3600 }],
])('refuses a token %s', async (_name, given) => {
  expect(authenticateEksToken(await makeToken(given), keys, production)).toBeNull();
});

it.each<[string, (url: URL) => void]>([
  ['another action', (url) => url.searchParams.set('Action', 'AssumeRole')],
  ['another host', (url) => Object.assign(url, { host: 'sts.example.com' })],
  ['another path', (url) => Object.assign(url, { pathname: '/x' })],
  ['an extra parameter', (url) => url.searchParams.set('X-Extra', '1')],
  ['a repeated parameter', (url) => url.searchParams.append('Action', 'GetCallerIdentity')],
  ['a later date', (url) => url.searchParams.set('X-Amz-Date', '20261120T100030Z')],
  ['a signed header less', (url) => url.searchParams.set('X-Amz-SignedHeaders', 'host')],
])('refuses a token that was changed to %s', async (_name, change) => {
  const url = toUrl(await makeToken({}));
  change(url);

  expect(authenticateEksToken(toToken(url.href), keys, production)).toBeNull();
});

it('refuses what is no token', () => {
  for (const text of ['', 'k8s-aws-v1.', 'k8s-aws-v1.%%%', 'bearer', `k8s-aws-v1.${'a'.repeat(1000)}`]) {
    expect(authenticateEksToken(text, keys, production)).toBeNull();
  }
});
