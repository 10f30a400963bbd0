import { usageError } from '../exit.ts';
import type { World } from '../world.ts';
import { awsProof, jobProof, type Proof, tokenProof } from './proof.ts';
import { readReadyFile } from './ready-file.ts';

/** Flags that say where Sluice is and who asks; each has a variable. */
export interface ConnectionFlags {
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly as?: string | undefined;
  readonly readyFile?: string | undefined;
}

/** Where Sluice is and who asks. */
export interface Connection {
  /** Without a slash at its end. */
  readonly url: string;
  readonly proof: Proof;
  /** Whom the person says to be: a mail address, GitHub login or sign-in name. Null: nobody, or Sluice knows it better. */
  readonly user: string | null;
  /** Of whose making the address is, for messages. */
  readonly source: string;
  /** The sandbox's S3; null where AWS's own is asked. */
  readonly s3: string | null;
}

/**
 * Flags win over variables, and both over the ready file of a sandbox, which also says who its operator is. Where there is no token, a job of GitHub Actions asks with its
 * own, and everybody else with AWS keys.
 *
 * @throws {CliError} usage.
 */
export async function resolveConnection(world: World, flags: ConnectionFlags): Promise<Connection> {
  const { env } = world;
  const address = flags.url ?? nonEmpty(env.SLUICE_URL);
  const token = flags.token ?? nonEmpty(env.SLUICE_TOKEN);
  const user = flags.as ?? nonEmpty(env.SLUICE_USER) ?? null;
  if (address !== undefined) {
    const url = normalUrl(address);
    const proof = token === undefined ? await proofWithoutToken(world, url) : tokenProof(token, user);
    if (proof !== null && token === undefined && flags.as !== undefined) {
      throw usageError('Sluice on AWS knows who you are: --as goes with a token only.');
    }
    if (proof !== null)
      return { url, proof, user: token === undefined ? null : user, source: 'as configured', s3: null };
  }
  const ready = await readReadyFile(world, flags.readyFile ?? nonEmpty(env.SLUICE_READY_FILE));
  // A token is only ever sent to the address that it came with.
  if (ready !== null && address === undefined) {
    // The person who started the sandbox is the caller, unless another user is named.
    const asking = user ?? ready.operator;
    const proof = tokenProof(token ?? ready.secrets.apiToken, asking);
    return { url: normalUrl(ready.console), proof, user: asking, source: ready.path, s3: ready.endpoints.s3 };
  }
  throw usageError(
    `It is not known ${address === undefined ? 'where Sluice is' : 'with which token to ask'}.`,
    'Pass --url, or set SLUICE_URL, and where it is not on AWS --token or SLUICE_TOKEN; or pass --ready-file PATH of a sandbox (npm start).',
  );
}

/** Neither a job's token nor a signature is sent unencrypted. */
async function proofWithoutToken(world: World, url: string): Promise<Proof | null> {
  if (new URL(url).protocol !== 'https:') return null;
  const { env } = world;
  const requestUrl = nonEmpty(env.ACTIONS_ID_TOKEN_REQUEST_URL);
  const requestToken = nonEmpty(env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  if (requestUrl !== undefined && requestToken !== undefined) return jobProof(world, { url, requestUrl, requestToken });
  const region = await regionOf(world, url);
  if (region !== null) return awsProof(world, region);
  throw usageError(
    'It is not known in which region Sluice is.',
    'Set AWS_REGION, or a region in the AWS profile, to sign with AWS keys; or SLUICE_TOKEN. In a job of GitHub Actions, give it permissions: id-token: write.',
  );
}

/** The region of a Sluice on AWS, as far as its address, the environment or the AWS profile say. */
export async function regionOf(world: World, url: string): Promise<string | null> {
  const [, ofAddress] = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/.exec(new URL(url).hostname) ?? [];
  return ofAddress ?? (await ownRegion(world));
}

/** The region in which AWS's own tools would ask from here; null: nothing says one. */
export async function ownRegion({ env }: Pick<World, 'env'>): Promise<string | null> {
  const named = nonEmpty(env.AWS_REGION) ?? nonEmpty(env.AWS_DEFAULT_REGION);
  if (named !== undefined) return named;
  const { profileRegion } = await import('../../adapters/shared/profile-region.ts');
  return profileRegion(env);
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function normalUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw usageError(`${JSON.stringify(text)} is no address like https://sluice.example.com.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw usageError('The address of Sluice has a user or a password in it.', 'Pass the token with SLUICE_TOKEN.');
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
