import type { AwsCredentials, AwsOptions } from '../../adapters/shared/aws.ts';
import { InvalidConfiguration } from '../../contracts/errors.ts';
import { type Instant, instant } from '../../contracts/instant.ts';

/** A function's environment: on AWS `process.env`, elsewhere whatever object its starter made for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Variables that have to be there, naming all that are missing. Without a schema: whether an address is right shows when it is used,
 * and a cold start should not wait for a library that says whether a text is empty.
 *
 * @throws {InvalidConfiguration}
 */
export function requireVariables<Name extends string>(
  environment: Environment,
  ...names: readonly Name[]
): Readonly<Record<Name, string>> {
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) {
    throw new InvalidConfiguration(`The environment of this function is incomplete: ${missing.join(', ')} not set.`);
  }
  // Each name has been found to have a value.
  return Object.fromEntries(names.map((name) => [name, environment[name]])) as Record<Name, string>;
}

/** Where an AWS service is and who asks: from the variables that AWS's own client libraries read, but of this environment. */
export function awsOptions(environment: Environment, service: string): AwsOptions {
  const endpoint = environment[`AWS_ENDPOINT_URL_${service}`] ?? environment.AWS_ENDPOINT_URL;
  const credentials = credentialsOf(environment);
  return {
    region: environment.AWS_REGION ?? '',
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

function credentialsOf(environment: Environment): AwsCredentials | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}

/** The keys for calls that sign by themselves (the cluster's token): the environment's own. */
export function ownCredentials(environment: Environment): () => Promise<AwsCredentials> {
  return async () => {
    const credentials = credentialsOf(environment);
    if (credentials) return credentials;
    throw new InvalidConfiguration('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; Lambda sets them.');
  };
}

/** The clock of a running function. */
export const systemNow = (): Instant => instant(Date.now());
