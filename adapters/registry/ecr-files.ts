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
import type { Referrer, RegistryFiles } from './registry-files.ts';

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
const indexSchema = z.object({
  manifests: z.array(
    z.object({
      digest: z.string(),
      artifactType: z
        .string()
        .nullish()
        .transform((type) => type ?? null),
    }),
  ),
});

/** Most pages of a list of referrers that are read; ECR has 50 on each. */
const mostPages = 20;

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

  async function get(image: string, path: string, accept: string, asked: CallOptions = {}): Promise<Found | null> {
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
      const inRepository = `${addressOf(repository, address)}/v2/${repository.repositoryName}`;
      const answer = await follow(`${inRepository}${path}`, { authorization, accept }, signal);
      const { status } = answer;
      if (status === 200) return { answer, call, inRepository, path };
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
      let page =
        (await get(image, `/referrers/${digest}`, indexType, asked)) ??
        (await get(image, `/manifests/${digest.replace(':', '-')}`, indexType, asked));
      const referrers: Referrer[] = [];
      for (let pages = 1; page !== null; pages += 1) {
        referrers.push(...parse(indexSchema, page).manifests);
        const more = nextPath(page);
        page = more === null || pages === mostPages ? null : await get(image, more, indexType, asked);
      }
      return referrers;
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
  /** The address of the repository, and what was asked for below it. */
  readonly inRepository: string;
  readonly path: string;
}

/**
 * Where a list goes on (the header `Link`, RFC 8288), as a path in the same repository; null at its end. The token goes nowhere else.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
function nextPath({ answer, call, inRepository, path }: Found): string | null {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(String(answer.headers.link ?? '')) ?? [];
  if (target === undefined) return null;
  const next = URL.canParse(target, inRepository + path) ? new URL(target, inRepository + path).href : '';
  if (next.startsWith(`${inRepository}/referrers/`)) return next.slice(inRepository.length);
  throw refused({ ...call, reason: 'its list goes on elsewhere' });
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
