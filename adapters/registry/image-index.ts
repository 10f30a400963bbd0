import { createHash } from 'node:crypto';
import * as z from 'zod';

/** Media types of manifests that list images. */
export const indexTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** One image of an index, or the image itself, whose platform is not asked for. */
export interface PlatformManifest {
  readonly digest: string;
  readonly platform: string | null;
}

const indexSchema = z.object({
  manifests: z.array(
    z.object({
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      platform: z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() }).optional(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/**
 * The images that an index lists for a platform. What BuildKit attests lies beside them, for the platform `unknown/unknown`, which no node has:
 * it is no image and has no scan.
 *
 * @returns null for a text that is no index or does not have this digest.
 */
export function platformManifests(text: string, digest: string): PlatformManifest[] | null {
  if (`sha256:${createHash('sha256').update(text).digest('hex')}` !== digest) return null;
  const index = indexSchema.safeParse(JSON.parse(text));
  if (!index.success) return null;
  return index.data.manifests.flatMap(({ digest: own, platform, annotations }) => {
    const isAttested = annotations['vnd.docker.reference.type'] === 'attestation-manifest';
    if (isAttested && platform?.os === 'unknown' && platform.architecture === 'unknown') return [];
    const { os = 'unknown', architecture = 'unknown', variant } = platform ?? {};
    return [{ digest: own, platform: [os, architecture, variant].filter(Boolean).join('/') }];
  });
}
