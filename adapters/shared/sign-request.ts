import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Instant } from '../../contracts/instant.ts';
import type { AwsCredentials } from './aws.ts';

/** A request to something on AWS that asks for AWS keys. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
  readonly now: Instant;
}

/** The headers of a request with AWS's signature (SigV4), the given ones included. Nothing is sent. */
export async function signRequest(
  { method, url, headers, body, now }: UnsignedRequest,
  by: {
    /** As AWS calls it in signatures: `execute-api`, `aps`. */
    readonly service: string;
    readonly region: string;
    readonly credentials: AwsCredentials;
  },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ sha256: Sha256, ...by });
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(
        [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
      ),
      // The HTTP client sets this header itself, to the same value.
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: new Date(now) },
  );
  const { host: _, ...rest } = signed.headers;
  return rest;
}
