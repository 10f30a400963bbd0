import { defaultProvider } from '@aws-sdk/credential-provider-node';
import type { AwsCredentials } from './aws.ts';
import { signRequest, type UnsignedRequest } from './sign-request.ts';

/** The headers of a request for API Gateway (SigV4, service `execute-api`), the given ones and the signature's. Nothing is sent. */
export const signForApiGateway = (
  request: UnsignedRequest,
  by: { readonly region: string; readonly credentials: AwsCredentials },
): Promise<Record<string, string>> => signRequest(request, { service: 'execute-api', ...by });

/** The AWS keys of whoever is at this machine, as AWS's own tools find them: variables, profiles, a session of `aws sso login`. */
export const machineCredentials = (): Promise<AwsCredentials> => defaultProvider()();
