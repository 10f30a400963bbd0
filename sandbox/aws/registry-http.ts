import { createHash } from 'node:crypto';
import type { ServiceAnswer, ServiceRequest } from './listener.ts';

/** A manifest that lies beside an image, with the content of its layers. */
export interface BesideImage {
  /** Absent for one that only refers to the image by its `subject`. */
  readonly tag?: string;
  readonly manifest: string;
  readonly blobs: readonly string[];
}

const digestOf = (content: string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** Most referrers on a page, as ECR's ListImageReferrers has them. */
const pageSize = 50;

/**
 * The registry's own HTTP API (OCI distribution 1.1) as far as what lies beside an image is read by it: manifests by tag and digest, referrers, and
 * blobs, which like ECR's lie behind a redirect that needs no login.
 *
 * @param beside what lies beside an image; asked for the digest that a tag or a question names.
 */
export function createRegistryHttp(options: {
  readonly password: string;
  readonly beside: (repositoryName: string, digest: string) => Promise<readonly BesideImage[]>;
}): (request: ServiceRequest) => Promise<ServiceAnswer | undefined> {
  const manifests = new Map<string, string>();
  const blobs = new Map<string, string>();
  const authorization = `Basic ${Buffer.from(`AWS:${options.password}`).toString('base64')}`;

  async function lookUp(name: string, digest: string): Promise<readonly BesideImage[]> {
    const found = await options.beside(name, digest);
    for (const one of found) {
      manifests.set(digestOf(one.manifest), one.manifest);
      for (const blob of one.blobs) blobs.set(digestOf(blob), blob);
    }
    return found;
  }

  async function manifestOf(name: string, reference: string): Promise<ServiceAnswer> {
    const [, hex] = /^sha256-([0-9a-f]{64})(?:\.\w+)?$/.exec(reference) ?? [];
    const tagged = hex === undefined ? undefined : await lookUp(name, `sha256:${hex}`);
    const manifest = tagged?.find(({ tag }) => tag === reference)?.manifest ?? manifests.get(reference);
    if (manifest === undefined) return refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
    return { status: 200, headers: { 'content-type': manifestType }, body: manifest };
  }

  async function referrersOf(name: string, digest: string, query: URLSearchParams): Promise<ServiceAnswer> {
    const referring = (await lookUp(name, digest)).filter(({ tag }) => tag === undefined);
    const listed = referring.map(({ manifest }) => ({
      mediaType: manifestType,
      digest: digestOf(manifest),
      size: manifest.length,
      artifactType: JSON.parse(manifest).artifactType,
    }));
    const from = Number(query.get('last') ?? 0);
    const manifests = listed.slice(from, from + pageSize);
    const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
    const next = `</v2/${name}/referrers/${digest}?last=${from + pageSize}>; rel="next"`;
    const headers = { 'content-type': index.mediaType, ...(listed.length > from + pageSize ? { link: next } : {}) };
    return { status: 200, headers, body: JSON.stringify(index) };
  }

  return async ({ method, path, query, headers }) => {
    const [, stored] = /^\/_blobs\/(sha256:[0-9a-f]{64})$/.exec(path) ?? [];
    if (stored !== undefined) {
      // S3 refuses what is signed twice.
      if (headers.authorization !== undefined) return { status: 400, body: 'Only one auth mechanism allowed' };
      const body = blobs.get(stored);
      return body === undefined ? { status: 404 } : { status: 200, body };
    }
    const [, name, kind, reference] = /^\/v2\/(.+)\/(manifests|referrers|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (method !== 'GET' || !path.startsWith('/v2/')) return undefined;
    if (headers.authorization !== authorization) return refusal(401, 'UNAUTHORIZED', 'Not Authorized');
    if (name === undefined || reference === undefined)
      return refusal(404, 'NAME_UNKNOWN', 'The repository is not known');
    if (kind === 'manifests') return manifestOf(name, reference);
    if (kind === 'referrers') return referrersOf(name, reference, query);
    if (!blobs.has(reference)) return refusal(404, 'BLOB_UNKNOWN', 'Requested blob not found');
    return { status: 307, headers: { location: `/_blobs/${reference}` } };
  };
}

const refusal = (status: number, code: string, message: string): ServiceAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ errors: [{ code, message }] }),
});
