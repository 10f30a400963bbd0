import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BesideImage } from '../aws/registry-http.ts';
import type { BuiltRelease } from '../github/built-release.ts';
import type { ListedRelease } from '../github/list-releases.ts';
import type { SigningRun, SigningService } from './signing-service.ts';

/** The file in the data directory that vouches for what CI signed, as `attestations.trustRoots` names it. */
export const trustRootFile = 'trusted_root.json';

/** A release, and whose workflow built it. */
type SignedRelease = BuiltRelease & Pick<ListedRelease, 'builtBy'>;

/** What the sandbox's CI signs of each release: bundles at GitHub, and a signature beside the image. */
export interface BuildSignatures {
  readonly attestations: (digest: string) => Promise<readonly object[]>;
  readonly beside: (digest: string) => Promise<readonly BesideImage[]>;
}

/** Signs when it is asked, so that a start costs nothing: nobody can see when a signature was made. */
export function createBuildSignatures(options: {
  readonly dataDir: string;
  readonly releaseOf: (digest: string) => SignedRelease | undefined;
}): BuildSignatures {
  let service: Promise<SigningService> | null = null;
  const start = async () => {
    const { createSigningService } = await import('./signing-service.ts');
    const started = await createSigningService();
    await writeFile(join(options.dataDir, trustRootFile), JSON.stringify(started.trustRoot));
    return started;
  };
  /** Signs each digest once. */
  const signing = <T>(sign: (service: SigningService, release: SignedRelease, run: SigningRun) => Promise<T[]>) => {
    const signed = new Map<string, Promise<T[]>>();
    return async (digest: string): Promise<T[]> => {
      const release = options.releaseOf(digest);
      if (release === undefined) return [];
      service ??= start();
      const { repository, workflow, branch } = release.builtBy;
      const run = { repository, ref: `refs/heads/${branch}`, commit: release.sha, workflow };
      const made = signed.get(digest) ?? service.then((ready) => sign(ready, release, run));
      signed.set(digest, made);
      return made;
    };
  };
  return {
    attestations: signing(async (ready, { image, digest }, run) => {
      const { provenanceOf, sbomOf } = await import('./signing-service.ts');
      return Promise.all(
        [provenanceOf(image, digest, run), sbomOf(image, digest)].map((one) => ready.attest(one, run)),
      );
    }),
    beside: signing(async (ready, { image, digest }, run) => [
      signatureManifest(digest, await ready.signImage(image, digest, run)),
    ]),
  };
}

/** A signature as cosign 2 puts it beside the image: https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md. */
export function signatureManifest(
  digest: string,
  { payload, annotations }: { payload: string; annotations: Readonly<Record<string, string>> },
): BesideImage {
  const config = '{}';
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length, digest: digestOf(config) },
    layers: [
      {
        mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
        size: payload.length,
        digest: digestOf(payload),
        annotations,
      },
    ],
  };
  return { tag: `${digest.replace(':', '-')}.sig`, manifest: JSON.stringify(manifest), blobs: [payload, config] };
}

const digestOf = (content: string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
