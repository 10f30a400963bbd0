import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AccessKeys } from './authenticate-sigv4.ts';

export interface KubernetesUser {
  /** The role's name. */
  readonly user: string;
  readonly groups: readonly string[];
}

/** EKS accepts a token for 15 minutes from its date, whatever its `X-Amz-Expires` (at most 900 s) says. */
const lifetimeMs = 15 * 60_000;
/** How far ahead the signer's clock may be. */
const clockSkewMs = 5 * 60_000;
const prefix = 'k8s-aws-v1.';
const allowedParameters = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'x-id',
]);

/**
 * Checks a token that EKS clients make: a presigned `sts:GetCallerIdentity` URL that signs the cluster's name in the
 * header `x-k8s-aws-id`. Returns who that is, or null for a token that is malformed, expired, for another cluster,
 * signed by an unknown key, or not signed correctly.
 */
export function authenticateEksToken(
  token: string,
  keys: AccessKeys,
  options: { cluster: string; now?: Date },
): KubernetesUser | null {
  const url = readUrl(token);
  if (url === null) return null;
  const query = url.searchParams;
  const names = [...query.keys()];
  if (new Set(names).size !== names.length || names.some((name) => !allowedParameters.has(name))) return null;
  if (query.get('Action') !== 'GetCallerIdentity' || query.get('Version') !== '2011-06-15') return null;
  if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') return null;
  if (!isFresh(query, options.now ?? new Date())) return null;
  const signedHeaders = (query.get('X-Amz-SignedHeaders') ?? '').split(';');
  if (!signedHeaders.includes('host') || !signedHeaders.includes('x-k8s-aws-id') || signedHeaders.length !== 2)
    return null;

  const [accessKeyId = '', ...scope] = (query.get('X-Amz-Credential') ?? '').split('/');
  const key = keys.get(accessKeyId);
  if (key === undefined || !isScopeOf(url, scope)) return null;
  const expected = Buffer.from(signatureOf(url, scope, key.secretAccessKey, options.cluster));
  const given = Buffer.from(query.get('X-Amz-Signature') ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  return { user: key.roleName, groups: [...(key.groups ?? []), 'system:authenticated'] };
}

function readUrl(token: string): URL | null {
  if (!token.startsWith(prefix)) return null;
  const text = Buffer.from(token.slice(prefix.length), 'base64url').toString();
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSts = url !== null && /^sts(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$/.test(url.host);
  return isSts && url.protocol === 'https:' && url.pathname === '/' ? url : null;
}

function isFresh(query: URLSearchParams, now: Date): boolean {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  const expires = Number(query.get('X-Amz-Expires'));
  if (Number.isNaN(signedAt) || !(expires > 0 && expires <= 900)) return false;
  const age = now.getTime() - signedAt;
  return age > -clockSkewMs && age <= lifetimeMs;
}

/** `date/region/sts/aws4_request`, the date being the signature's and the region the host's. */
function isScopeOf(url: URL, scope: readonly string[]): boolean {
  const [date, region, service, end, ...more] = scope;
  const hostRegion = /^sts\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(url.host)?.[1] ?? 'us-east-1';
  const sameDay = date === url.searchParams.get('X-Amz-Date')?.slice(0, 8);
  return sameDay && region === hostRegion && service === 'sts' && end === 'aws4_request' && more.length === 0;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The SigV4 signature that a presigned GET for `cluster` must have. */
function signatureOf(url: URL, scope: readonly string[], secret: string, cluster: string): string {
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = `host:${url.host}\nx-k8s-aws-id:${cluster}\n`;
  const request = ['GET', '/', query, headers, 'host;x-k8s-aws-id', sha256('')].join('\n');
  const date = url.searchParams.get('X-Amz-Date') ?? '';
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(request)].join('\n');
  const key = scope.reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}
