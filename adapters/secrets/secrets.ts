import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { minutes, seconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import { refused } from '../shared/dependency-errors.ts';
import { createTimedCache, type TimedCache } from '../shared/timed-cache.ts';

/** A secret and, while it is being rotated, the value before: both are accepted until everybody has the new one. */
export interface SecretPair {
  readonly current: string;
  readonly previous: string | null;
}

/** Secrets by name, kept for 5 minutes. Values are in no message. Errors: DependencyUnavailable, DependencyRefused. */
export interface Secrets {
  get(name: string): Promise<SecretPair>;
  /** Forgets a secret, so that the next `get` asks again: after a dependency refused it. */
  forget(name: string): void;
}

const keepFor = minutes(5);

export function createSecrets(options: AwsOptions & { readonly now: () => Instant }): Secrets {
  const client = new SecretsManagerClient(awsClientConfig(options));
  const kept = new Map<string, TimedCache<SecretPair>>();

  const read = (name: string, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string | null> =>
    callAws(
      {
        dependency: 'Secrets Manager',
        attempted: `GetSecretValue ${name} ${stage}`,
        retry: 'safe',
        within: options.within ?? seconds(5),
      },
      async (abortSignal) => {
        try {
          const command = new GetSecretValueCommand({ SecretId: name, VersionStage: stage });
          const { SecretString } = await client.send(command, { abortSignal });
          // Who stored it from a file stored the end of its line too, which no header and no receiver takes.
          return SecretString?.replace(/\r?\n$/, '') ?? null;
        } catch (error) {
          if (stage === 'AWSPREVIOUS' && isAwsError(error, 'ResourceNotFoundException')) return null;
          throw error;
        }
      },
    );
  const readPair = async (name: string): Promise<SecretPair> => {
    const [current, previous] = await Promise.all([read(name, 'AWSCURRENT'), read(name, 'AWSPREVIOUS')]);
    if (!current) {
      // An empty key would verify any signature made with an empty key.
      throw refused({
        dependency: 'Secrets Manager',
        attempted: `GetSecretValue ${name}`,
        reason: 'the secret is empty',
      });
    }
    return { current, previous: previous || null };
  };

  return {
    get(name) {
      const cache = kept.get(name) ?? createTimedCache({ keepFor, now: options.now, fetch: () => readPair(name) });
      kept.set(name, cache);
      return cache.get();
    },
    forget: (name) => kept.get(name)?.forget(),
  };
}
