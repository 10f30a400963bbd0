import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Instant } from '../../contracts/instant.ts';
import type { AwsCredentials } from './aws.ts';

/** A request to an HTTP API whose routes ask for AWS keys. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
  readonly now: Instant;
}

/** The headers of a request for API Gateway (SigV4, service `execute-api`), the given ones and the signature's. Nothing is sent. */
export async function signForApiGateway(
  { method, url, headers, body, now }: UnsignedRequest,
  by: { readonly region: string; readonly credentials: AwsCredentials },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'execute-api', sha256: Sha256, ...by });
  const signed = await signer.sign(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: Object.fromEntries(
        [...new Set(url.searchParams.keys())].map((key) => [key, url.searchParams.getAll(key)]),
      ),
      // fetch sets the header itself, to the same value.
      headers: { ...headers, host: url.host },
      body,
    },
    { signingDate: new Date(now) },
  );
  const { host: _, ...rest } = signed.headers;
  return rest;
}

/** The AWS keys of whoever is at this machine, as AWS's own tools find them: variables, profiles, a session of `aws sso login`. */
export const machineCredentials = (): Promise<AwsCredentials> => defaultProvider()();
