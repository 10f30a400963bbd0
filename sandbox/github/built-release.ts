import { createHash } from 'node:crypto';

/** What CI built of a commit. */
export interface BuiltRelease {
  /** e.g. `v2.1.0`. */
  readonly version: string;
  readonly sha: string;
  /** Image repository, without tag or digest. */
  readonly image: string;
  /** `sha256:…` of `manifest`. */
  readonly digest: string;
  /** The image's OCI manifest, as the registry keeps it. */
  readonly manifest: string;
}

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** The image that CI builds of a commit: always the same one, its digest really that of its manifest. */
export function buildRelease(image: string, version: string, sha: string): BuiltRelease {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(`config ${sha}`), size: 2048 },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: sha256(`layer ${sha}`), size: 48_000_000 },
    ],
    annotations: { 'org.opencontainers.image.revision': sha, 'org.opencontainers.image.version': version },
  });
  return { version, sha, image, digest: sha256(manifest), manifest };
}
