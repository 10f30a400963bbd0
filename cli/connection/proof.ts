import * as z from 'zod';
import { entryPoints } from '../../contracts/api/entry-points.ts';
import { seconds } from '../../contracts/duration.ts';
import { between, type Instant, instant } from '../../contracts/instant.ts';
import { CliError, exitCodes, refusedBy, unreachable, usageError } from '../exit.ts';
import type { World } from '../world.ts';

/** A request that is about to be sent. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** With the door. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
}

/** How a request shows who sends it. */
export interface Proof {
  /** Goes before `/api/…`. */
  readonly entryPoint: string;
  /** The headers to send: the given ones and those that prove who asks. @throws {CliError} when there is no proof to be had. */
  prove(request: Outgoing): Promise<Readonly<Record<string, string>>>;
  /** What to look at when Sluice does not know who asks. */
  readonly advice: string;
}

/** The API's token, and whom to believe that its bearer is. */
export const tokenProof = (token: string, user: string | null): Proof => ({
  entryPoint: '',
  prove: async ({ headers }) => ({
    ...headers,
    authorization: `Bearer ${token}`,
    ...(user === null ? {} : { 'x-sluice-user': user }),
  }),
  advice:
    user === null
      ? 'Say who you are with --as or SLUICE_USER, and check the token (SLUICE_TOKEN).'
      : `Check the token (SLUICE_TOKEN), and whether ${user} is who may do this.`,
});

/** AWS keys of a session of IAM Identity Center, which is named after who signed in. */
export const awsProof = (world: World, region: string): Proof => ({
  entryPoint: entryPoints.aws,
  async prove(request) {
    const { machineCredentials, signForApiGateway } = await import('../../adapters/shared/request-signer.ts');
    const credentials = await (world.awsCredentials ?? machineCredentials)().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw usageError(
        `There are no AWS keys to ask with: ${why}`,
        'Sign in (aws sso login) and name the profile (AWS_PROFILE); or give a token (SLUICE_TOKEN).',
      );
    });
    return signForApiGateway({ ...request, now: world.now() }, { region, credentials });
  },
  // API Gateway says "Forbidden" to each of these.
  advice: `Sign in through IAM Identity Center (aws sso login, AWS_PROFILE), with a permission set that has the policy <installation>-people. The request was signed for ${region}: if Sluice is in another region, set AWS_REGION.`,
});

const answerSchema = z.object({ value: z.string().min(1) });
const tokenSchema = z.object({ exp: z.int() });
/** So long before its end a token is not used any more. */
const margin = seconds(60);

/** What a job of GitHub Actions may show: a token of its own for this Sluice, made anew whenever the last one is about to end. */
export function jobProof(world: World, { url, requestUrl, requestToken }: JobTokens): Proof {
  let last: { readonly token: string; readonly until: Instant } | null = null;
  const ask = async () => {
    const address = new URL(requestUrl);
    address.searchParams.set('audience', url);
    const answer = await world
      .fetch(address, {
        headers: { authorization: `Bearer ${requestToken}` },
        signal: AbortSignal.timeout(seconds(15)),
      })
      .catch((error: unknown) => {
        throw unreachable('GitHub did not give the job a token.', 'Try again in a moment.', error);
      });
    const document: unknown = await answer.json().catch(() => null);
    const parsed = answerSchema.safeParse(document);
    if (!answer.ok || !parsed.success) {
      throw refusedBy('NoJobToken', `GitHub answered ${answer.status} to the job’s question for a token.`);
    }
    const token = parsed.data.value;
    return { token, until: instant(expiryOf(token) * 1_000) };
  };
  return {
    entryPoint: entryPoints.githubActions,
    async prove({ headers }) {
      if (last === null || between(world.now(), last.until) < margin) last = await ask();
      return { ...headers, authorization: `Bearer ${last.token}` };
    },
    advice: `The address must be the one that sluice.yaml has (urls), here ${url}; the run one that a person in people (github) started by workflow_dispatch on the service’s own branch.`,
  };
}

export interface JobTokens {
  /** Of Sluice: for whom the token is. */
  readonly url: string;
  /** What the runner gives to jobs with `permissions: id-token: write`. */
  readonly requestUrl: string;
  readonly requestToken: string;
}

/** Of a JWT, in seconds since 1970. It is Sluice that verifies it. */
function expiryOf(token: string): number {
  try {
    const [, payload = ''] = token.split('.');
    return tokenSchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString())).exp;
  } catch (error) {
    throw new CliError('UnexpectedAnswer', exitCodes.failed, 'GitHub’s token for the job has no expiry.', null, {
      cause: error,
    });
  }
}
