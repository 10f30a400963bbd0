import { createHash } from 'node:crypto';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import * as z from 'zod';
import { minutes, seconds } from '../../contracts/duration.ts';
import { type EcrRepository, ecrRepositoryOf } from '../../contracts/image.ts';
import type { Instant } from '../../contracts/instant.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import { type CallOptions, callDependency, type DependencyCall } from '../shared/call-dependency.ts';
import { refused, unavailable } from '../shared/dependency-errors.ts';
import { askHttp, type HttpAnswer } from '../shared/http.ts';
import { createTimedCache, type TimedCache } from '../shared/timed-cache.ts';
import type { RegistryFiles } from './registry-files.ts';

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const indexType = 'application/vnd.oci.image.index.v1+json';

const manifestSchema = z.object({
  artifactType: z.string().nullish(),
  layers: z
    .array(
      z.object({
        mediaType: z.string(),
        digest: z.string(),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
    )
    .default([]),
});
const indexSchema = z.object({ manifests: z.array(z.object({ digest: z.string() })) });

interface Login {
  readonly authorization: string;
  /** Of the caller's own registry. */
  readonly address: string;
}

/** ECR's registries by their HTTP API, with ECR's own token, which is good for every registry that its bearer may read. */
export function createEcrFiles(options: AwsOptions & { readonly now: () => Instant }): RegistryFiles {
  const logins = new Map<string, TimedCache<Login>>();
  const loginTo = (region: string): TimedCache<Login> => {
    const known = logins.get(region);
    if (known !== undefined) return known;
    const client = new ECRClient(awsClientConfig({ ...options, region }));
    // Tokens are good for twelve hours.
    const login = createTimedCache({ keepFor: minutes(60), now: options.now, fetch: () => logIn(client) });
    logins.set(region, login);
    return login;
  };

  async function get(
    image: string,
    path: string,
    accept: string,
    asked: CallOptions = {},
  ): Promise<{ answer: HttpAnswer; call: DependencyCall } | null> {
    const repository = ecrRepositoryOf(image);
    const call = {
      dependency: 'ECR',
      attempted: `GET ${repository?.repositoryName ?? image}${path}`,
      retry: 'safe',
      within: asked.within ?? options.within ?? seconds(5),
      ...(asked.signal ? { signal: asked.signal } : {}),
    } as const;
    if (repository === null) throw refused({ ...call, reason: `${image} is not in an ECR registry` });
    const login = loginTo(repository.region);
    return callDependency(call, async (signal) => {
      const { authorization, address } = await login.get();
      const url = `${addressOf(repository, address)}/v2/${repository.repositoryName}${path}`;
      const answer = await follow(url, { authorization, accept }, signal);
      const { status } = answer;
      if (status === 200) return { answer, call };
      if (status === 404) return null;
      if (status === 401) login.forget();
      const failure = { ...call, reason: `${status} ${answer.body.toString().slice(0, 200)}` };
      throw status === 401 || status === 429 || status >= 500 ? unavailable(failure) : refused({ ...failure, status });
    });
  }

  return {
    async manifest(image, reference, asked) {
      const found = await get(image, `/manifests/${reference}`, manifestTypes, asked);
      if (found === null) return null;
      if (reference.startsWith('sha256:')) requireDigest(found, reference);
      const { artifactType, layers } = parse(manifestSchema, found);
      return { artifactType: artifactType ?? null, layers };
    },
    async referrers(image, digest, asked) {
      // A registry without the API of OCI 1.1 keeps the same list behind a tag.
      const found =
        (await get(image, `/referrers/${digest}`, indexType, asked)) ??
        (await get(image, `/manifests/${digest.replace(':', '-')}`, indexType, asked));
      return found === null ? [] : parse(indexSchema, found).manifests.map((one) => one.digest);
    },
    async blob(image, digest, asked) {
      const found = await get(image, `/blobs/${digest}`, '*/*', asked);
      if (found === null) {
        throw refused({ dependency: 'ECR', attempted: `GET ${image}/blobs/${digest}`, reason: 'it is not there' });
      }
      requireDigest(found, digest);
      return found.answer.body;
    },
  };
}

async function logIn(client: ECRClient): Promise<Login> {
  const call = { dependency: 'ECR', attempted: 'GetAuthorizationToken', retry: 'safe', within: seconds(5) } as const;
  const answer = await callAws(call, (abortSignal) =>
    client.send(new GetAuthorizationTokenCommand({}), { abortSignal }),
  );
  const [data] = answer.authorizationData ?? [];
  if (!data?.authorizationToken || !data.proxyEndpoint) throw refused({ ...call, reason: 'its answer has no token' });
  return { authorization: `Basic ${data.authorizationToken}`, address: data.proxyEndpoint };
}

/** ECR tells the address of the caller's own registry; those of other accounts are their names. */
const addressOf = ({ host }: EcrRepository, own: string): string =>
  ecrRepositoryOf(`${new URL(own).host}/any`) === null ? own : `https://${host}`;

/** Blobs lie in S3: a redirect leads there, by an address that is signed itself, so the token stays here. */
async function follow(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
  const answer = await askHttp({ method: 'GET', url, headers, signal });
  const { location } = answer.headers;
  if (![301, 302, 307, 308].includes(answer.status) || location === undefined) return answer;
  return askHttp({ method: 'GET', url: new URL(location, url), signal });
}

interface Found {
  readonly answer: HttpAnswer;
  readonly call: DependencyCall;
}

function requireDigest({ answer, call }: Found, digest: string): void {
  const found = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`;
  if (found !== digest) throw refused({ ...call, reason: `what it answered has the digest ${found}` });
}

function parse<T>(schema: z.ZodType<T>, { answer, call }: Found): T {
  let json: unknown;
  try {
    json = JSON.parse(answer.body.toString());
  } catch {
    throw unavailable({ ...call, reason: 'its answer is not JSON' });
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  throw refused({ ...call, reason: 'its answer is not a manifest' });
}
