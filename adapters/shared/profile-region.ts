import { join } from 'node:path';

/**
 * The region that the AWS profile names, as AWS's own tools read it: in the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, else
 * below `~/.aws`, for AWS_PROFILE or `default`. Null: none is named.
 */
export async function profileRegion(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  const { loadSharedConfigFiles } = await import('@smithy/core/config');
  const file = (named: string | undefined, name: string) => named || join(env.HOME ?? '/nowhere', '.aws', name);
  const { configFile, credentialsFile } = await loadSharedConfigFiles({
    configFilepath: file(env.AWS_CONFIG_FILE, 'config'),
    filepath: file(env.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
    ignoreCache: true,
  });
  const profile = env.AWS_PROFILE || 'default';
  return credentialsFile[profile]?.region ?? configFile[profile]?.region ?? null;
}
