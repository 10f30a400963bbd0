import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';

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
 * Reads who signed a request. The signature itself is not checked: on loopback the access key is a name, not a proof.
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
