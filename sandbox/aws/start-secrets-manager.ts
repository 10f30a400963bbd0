import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import type { AccessKeys } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import type { StandIn } from './listener.ts';
import { type Secret, SecretFile, type SecretVersion } from './secret-file.ts';
import { startAwsJson } from './start-aws-json.ts';

const GetSecretValue = z.object({
  SecretId: z.string().min(1),
  VersionId: z.string().optional(),
  VersionStage: z.string().optional(),
});
const value = { SecretString: z.string().optional(), SecretBinary: z.string().optional() };
const CreateSecret = z.object({ Name: z.string().min(1), ClientRequestToken: z.string().optional(), ...value });
const PutSecretValue = z.object({ SecretId: z.string().min(1), ClientRequestToken: z.string().optional(), ...value });
const DescribeSecret = z.object({ SecretId: z.string().min(1) });

/**
 * Starts Secrets Manager: secrets by name or ARN, with the stages AWSCURRENT and AWSPREVIOUS, in
 * `dataDir/secrets.json` (mode 0600). A write is answered once it is on disk.
 */
export async function startSecretsManager(options: {
  port: number;
  dataDir: string;
  /** Created at the start, by name, where they do not exist yet. */
  secrets?: Readonly<Record<string, string>>;
  region?: string;
  accountId?: string;
  keys?: AccessKeys | undefined;
}): Promise<StandIn> {
  const file = await SecretFile.open(join(options.dataDir, 'secrets.json'));
  const prefix = `arn:aws:secretsmanager:${options.region ?? 'us-east-1'}:${options.accountId ?? '123456789012'}:secret:`;
  // AWS appends six random characters to a secret's ARN; here they are always the same.
  const arnOf = (name: string): string => `${prefix}${name}-Sandbx`;
  const find = (id: string): Secret => {
    const name = id.startsWith(prefix) ? id.slice(prefix.length).replace(/-Sandbx$/, '') : id;
    const secret = file.get(name);
    if (secret !== undefined) return secret;
    throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  };
  const create = async (name: string, given: Omit<SecretVersion, 'createdDate' | 'stages'>): Promise<Secret> => {
    const createdDate = Date.now() / 1000;
    const secret = { name, createdDate, versions: [{ ...given, createdDate, stages: ['AWSCURRENT'] }] };
    await file.put(secret);
    return secret;
  };
  for (const [name, text] of Object.entries(options.secrets ?? {})) {
    if (file.get(name) === undefined) await create(name, { id: randomUUID(), secretString: text });
  }

  const operations = {
    GetSecretValue: (input: unknown) => {
      const { SecretId, VersionId, VersionStage } = GetSecretValue.parse(input);
      const secret = find(SecretId);
      const stage = VersionStage ?? (VersionId === undefined ? 'AWSCURRENT' : undefined);
      const version = secret.versions.find(
        (one) =>
          (VersionId === undefined || one.id === VersionId) && (stage === undefined || one.stages.includes(stage)),
      );
      if (version === undefined) {
        const wanted = VersionId === undefined ? `staging label: ${stage}` : `VersionId: ${VersionId}`;
        const message = `Secrets Manager can't find the specified secret value for ${wanted}`;
        throw new AwsError('ResourceNotFoundException', message);
      }
      return {
        ARN: arnOf(secret.name),
        Name: secret.name,
        VersionId: version.id,
        SecretString: version.secretString,
        SecretBinary: version.secretBinary,
        VersionStages: version.stages,
        CreatedDate: version.createdDate,
      };
    },
    CreateSecret: async (input: unknown) => {
      const { Name, ClientRequestToken, ...given } = CreateSecret.parse(input);
      if (file.get(Name) !== undefined) {
        const message = `The operation failed because the secret ${Name} already exists.`;
        throw new AwsError('ResourceExistsException', message);
      }
      const id = ClientRequestToken ?? randomUUID();
      await create(Name, { id, secretString: given.SecretString, secretBinary: given.SecretBinary });
      return { ARN: arnOf(Name), Name, VersionId: id };
    },
    PutSecretValue: async (input: unknown) => {
      const { SecretId, ClientRequestToken, SecretString, SecretBinary } = PutSecretValue.parse(input);
      const secret = find(SecretId);
      const id = ClientRequestToken ?? randomUUID();
      const existing = secret.versions.find((one) => one.id === id);
      if (existing === undefined) {
        const newest = { id, secretString: SecretString, secretBinary: SecretBinary, createdDate: Date.now() / 1000 };
        await file.put(withCurrent(secret, { ...newest, stages: ['AWSCURRENT'] }));
      } else if (existing.secretString !== SecretString || existing.secretBinary !== SecretBinary) {
        const message = `You can't use ClientRequestToken ${id} because that value is already in use for a version.`;
        throw new AwsError('ResourceExistsException', message);
      }
      return { ARN: arnOf(secret.name), Name: secret.name, VersionId: id, VersionStages: ['AWSCURRENT'] };
    },
    DescribeSecret: (input: unknown) => {
      const secret = find(DescribeSecret.parse(input).SecretId);
      const VersionIdsToStages = Object.fromEntries(secret.versions.map((one) => [one.id, one.stages]));
      return { ARN: arnOf(secret.name), Name: secret.name, CreatedDate: secret.createdDate, VersionIdsToStages };
    },
  };
  return startAwsJson({
    port: options.port,
    targetPrefix: 'secretsmanager',
    protocol: '1.1',
    operations,
    invalidInput: 'InvalidParameterException',
    keys: options.keys,
  });
}

/** Makes `newest` current and what was current previous; a version without a stage is dropped, as AWS does in time. */
function withCurrent(secret: Secret, newest: SecretVersion): Secret {
  const current = secret.versions.find((one) => one.stages.includes('AWSCURRENT'));
  return { ...secret, versions: [newest, ...(current ? [{ ...current, stages: ['AWSPREVIOUS'] }] : [])] };
}
