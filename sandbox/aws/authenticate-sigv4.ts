import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { ServiceRequest } from './listener.ts';

/** Who an access key of the sandbox belongs to. */
export interface AccessKey {
  readonly secretAccessKey: string;
  /** The function or person, as IAM would name its role. */
  readonly roleName: string;
  /** Kubernetes groups that an EKS access entry gives to this role. */
  readonly groups?: readonly string[];
}

/** Access keys by their id. */
export type AccessKeys = ReadonlyMap<string, AccessKey>;

export interface Caller {
  readonly accessKeyId: string;
  readonly roleName: string;
}

/**
 * Reads who signed a request. The signature itself is not checked: on loopback the access key is a name, not a proof (verifySigV4 checks it).
 * Without `keys` everybody is welcome.
 *
 * @throws AwsError `MissingAuthenticationTokenException` without a SigV4 header, `UnrecognizedClientException` for an
 * access key that is not in `keys`, as AWS services word them.
 */
export function authenticateSigV4(headers: IncomingHttpHeaders, keys: AccessKeys | undefined): Caller {
  const accessKeyId = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1];
  if (accessKeyId === undefined) {
    if (keys === undefined) return { accessKeyId: '', roleName: 'anonymous' };
    throw new AwsError('MissingAuthenticationTokenException', 'Request is missing Authentication Token', 403);
  }
  if (keys === undefined) return { accessKeyId, roleName: accessKeyId };
  const key = keys.get(accessKeyId);
  if (key === undefined) {
    throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
  }
  return { accessKeyId, roleName: key.roleName };
}

/**
 * Reads who signed a request to `/`, and checks the signature.
 *
 * @throws AwsError as above, and `InvalidSignatureException` when the secret key behind it is another one, or the request was changed.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
export function verifySigV4({ method, path, headers, body }: ServiceRequest, keys: AccessKeys | undefined): Caller {
  const caller = authenticateSigV4(headers, keys);
  const secret = keys?.get(caller.accessKeyId)?.secretAccessKey ?? '';
  const [, scope = '', names = '', signature = ''] =
    /Credential=[^/,\s]+\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const signed = names.split(';');
  const lines = signed.map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`).join('');
  const request = [method, path, '', lines, names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, sha256(request)].join('\n');
  const key = scope.split('/').reduce<string | Buffer>((parent, part) => hmac(parent, part), `AWS4${secret}`);
  const expected = Buffer.from(hmac(key, toSign).toString('hex'));
  const given = Buffer.from(signature);
  const covers = ['host', 'x-amz-date', 'x-amz-target'].every((name) => signed.includes(name));
  if (covers && given.length === expected.length && timingSafeEqual(given, expected)) return caller;
  throw new AwsError(
    'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
