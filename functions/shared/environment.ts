import { z } from 'zod';
import type { AwsCredentials, AwsOptions } from '../../adapters/shared/aws.ts';
import { openStore, type Store } from '../../adapters/store/store.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import { InvalidConfiguration } from '../../contracts/errors.ts';
import { type Instant, instant } from '../../contracts/instant.ts';
import { readConfiguration } from './read-configuration.ts';

/** A function's environment: on AWS `process.env`, elsewhere whatever object its starter made for it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const common = z.object({
  AWS_REGION: z.string().min(1),
  /** Path of `sluice.yaml`. */
  SLUICE_CONFIGURATION: z.string().min(1),
  SLUICE_TABLE: z.string().min(1),
});

/** Reads some variables of the environment, naming all that are missing. */
export function readEnvironment<Shape extends z.core.$ZodLooseShape>(environment: Environment, shape: Shape) {
  const parsed = z.object(shape).safeParse(environment);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new InvalidConfiguration(`The environment of this function is incomplete: ${problems}.`);
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

/** Configuration, store and clock: what every function has. @param within budget of one call of the database. */
export function commonDeps(
  environment: Environment,
  within: Milliseconds = seconds(5),
): { configuration: Configuration; store: Store; now: () => Instant } {
  const { SLUICE_CONFIGURATION, SLUICE_TABLE } = readEnvironment(environment, common.shape);
  return {
    configuration: readConfiguration(SLUICE_CONFIGURATION),
    store: openStore({ aws: awsOptions(environment, 'DYNAMODB'), tableName: SLUICE_TABLE, within }),
    now: systemNow,
  };
}
