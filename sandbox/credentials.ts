import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { clusterFunctionNames, groupOf } from '../core/cluster/roles.ts';
import type { AccessKeys } from './aws/authenticate-sigv4.ts';
import { functionNames } from './functions.ts';

const schema = z.object({
  githubWebhook: z.string(),
  alertmanagerToken: z.string(),
  apiToken: z.string(),
  githubToken: z.string(),
  /** Of the function that reads CI's archives: it may write nothing. */
  githubReaderToken: z.string(),
  /** Of the functions that let GitHub show deployments: it may write nothing else. An older sandbox had none. */
  githubDeploymentsToken: z.string().optional(),
  /** Access key secrets by role. */
  keys: z.record(z.string(), z.string()),
  /** Material of KMS's keys, base64. */
  seals: z.object({ decisions: z.base64(), audit: z.base64() }),
});

/** The sandbox's own secrets: random, made once for a data directory, readable by its owner only. */
export type Credentials = z.output<typeof schema> & { readonly githubDeploymentsToken: string };

/** A data directory that this sandbox cannot go on with. */
export class OlderData extends Error {
  override readonly name = 'OlderData';
}

/** Roles with an access key: one for each function, Step Functions' and EventBridge's own, and whoever started the sandbox. */
const roles = [...functionNames, 'states', 'events', 'operator'];

/** What only an earlier run can have left. */
const remains = ['secrets.json', 'stepfunctions.journal', 'dynamodb', 'kubernetes'];

/**
 * Reads them, or makes them for a new data directory.
 *
 * @throws Error for a damaged file, and for a missing one beside an earlier run's state: what that run signed and encrypted with the old
 * secrets would be refused with new ones, one thing after the other, and nobody would know why.
 */
export async function loadCredentials(dataDir: string): Promise<Credentials> {
  const file = join(dataDir, 'credentials.json');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text !== null) {
    let known: z.output<typeof schema>;
    try {
      const parsed: unknown = JSON.parse(text);
      if (parsed !== null && typeof parsed === 'object' && 'keys' in parsed && !('seals' in parsed)) {
        throw new OlderData(
          `${dataDir} was written by an earlier sandbox, which kept its records elsewhere in the table and sealed none of them. Start with --fresh, which sets the data directory aside, or pass another --data-dir.`,
        );
      }
      known = schema.parse(parsed);
    } catch (cause) {
      if (cause instanceof OlderData) throw cause;
      throw new Error(`${file} is damaged. Restore it, or start with --fresh, which sets the data directory aside.`, {
        cause,
      });
    }
    // An older sandbox knew fewer roles and tokens.
    const githubDeploymentsToken = known.githubDeploymentsToken ?? `${known.githubReaderToken}-deployments`;
    return { ...known, githubDeploymentsToken, keys: { ...newKeys(), ...known.keys } };
  }
  const [left] = await Promise.all(
    remains.map((name) =>
      stat(join(dataDir, name)).then(
        () => name,
        () => null,
      ),
    ),
  ).then((found) => found.filter((name) => name !== null));
  if (left !== undefined) {
    throw new Error(
      `${file} is missing, although ${dataDir} holds the state of an earlier run (${left}). Its secrets are needed to go on: restore the file, or start with --fresh, which sets the data directory aside.`,
    );
  }
  const made: Credentials = {
    githubWebhook: secret(),
    alertmanagerToken: secret(),
    apiToken: secret(),
    githubToken: secret(),
    githubReaderToken: secret(),
    githubDeploymentsToken: secret(),
    keys: newKeys(),
    seals: { decisions: hmacKey(), audit: hmacKey() },
  };
  await writeFile(`${file}.new`, JSON.stringify(made, null, 2), { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

const newKeys = () => Object.fromEntries(roles.map((role) => [role, secret()]));

const secret = () => randomBytes(24).toString('base64url');
/** HMAC_256: 32 bytes. */
const hmacKey = () => randomBytes(32).toString('base64');

/** The access key id of a role: its name, so that a recording of calls reads well. */
export const accessKeyIdOf = (role: string): string => `AKIASANDBOX${role.toUpperCase().replaceAll('-', '')}`;

/**
 * The key for the AWS CLI. Every endpoint that is printed takes it; hardly one checks the signature, so its secret is none. KMS
 * does, and lets this key verify seals and make none. The Kubernetes API does too, and does not take it.
 */
export const operatorKey = { accessKeyId: accessKeyIdOf('operator'), secretAccessKey: 'sandbox' } as const;

/** What the stand-ins know of the access keys. Only the functions that may enter the cluster have Kubernetes groups, as their access entries give them. */
export function accessKeysOf(credentials: Credentials): AccessKeys {
  const groups = new Map<string, string>(clusterFunctionNames.map((name) => [name, groupOf('sluice', name)]));
  return new Map(
    Object.entries({ ...credentials.keys, operator: operatorKey.secretAccessKey }).map(([role, secretAccessKey]) => {
      const group = groups.get(role);
      return [accessKeyIdOf(role), { secretAccessKey, roleName: role, ...(group ? { groups: [group] } : {}) }];
    }),
  );
}
