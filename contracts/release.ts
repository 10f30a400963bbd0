import * as z from 'zod';
import { imageRepository } from './image.ts';
import { instantSchema } from './instant-schema.ts';
import { versionSchema } from './version.ts';

/** An image digest as registries write it. */
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');

/** A full Git commit id. */
export const commitSchema = z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit id of 40 hexadecimal digits');

const imageSchema = z
  .string()
  .min(1)
  .refine((image) => !image.includes('@'), 'must be the image repository without a digest')
  .refine((image) => !/\s/.test(image), 'must not contain spaces');

/** The model that a release serves and how well it did in CI. */
export const releaseModelSchema = z.strictObject({
  name: z.string().min(1),
  /** Metric name to value, e.g. `{accuracy: 0.94}` (ratios). */
  metrics: z.record(z.string(), z.number()),
});

export type ReleaseModel = Readonly<z.output<typeof releaseModelSchema>>;

/** `release.json` in CI's artifact `sluice-release`. Strict: a misspelt `reversible` must not pass unseen. */
export const releaseFileSchema = z.strictObject({
  version: versionSchema,
  image: imageSchema,
  digest: digestSchema,
  model: releaseModelSchema.optional(),
  reversible: z.boolean().default(true),
  /** The chart's version, when the service pins one. */
  chart: z.string().min(1).optional(),
});

export type ReleaseFile = Readonly<z.output<typeof releaseFileSchema>>;

/** The name of CI's artifact that describes a release, and of the file in it. */
export const releaseArtifact = { name: 'sluice-release', file: 'release.json' } as const;

/** One build of one service: what `release.json` says plus what its CI run says. */
export const releaseSchema = z.object({
  service: z.string().min(1),
  version: versionSchema,
  commit: commitSchema,
  /** Image repository without tag or digest. */
  image: imageSchema,
  digest: digestSchema,
  model: releaseModelSchema.nullable(),
  /** False when a failure cannot be undone by sending the traffic back (needs its own approval). */
  reversible: z.boolean(),
  chart: z.string().nullable(),
  runId: z.int(),
  runAttempt: z.int().min(1),
  /** GitHub login of the commit's author; null when GitHub knows none. */
  author: z.string().nullable(),
  committedAt: instantSchema,
});

export type Release = Readonly<z.output<typeof releaseSchema>>;

/** What a release is, beside its service: it never changes, and another of these is another release (I3). */
export type ReleaseIdentity = Pick<Release, 'version' | 'commit' | 'digest'>;

/** What an operation is about, before the branch that the release goes to was looked at: its chart is the one there. */
export const identityOf = ({
  version,
  commit,
  digest,
}: ReleaseIdentity): ReleaseIdentity & { readonly chartTree: null } => ({
  version,
  commit,
  digest,
  chartTree: null,
});

/** The image reference that pods must run: by digest, never by tag. */
export const imageReference = (release: Pick<Release, 'image' | 'digest'>): string =>
  `${imageRepository(release.image)}@${release.digest}`;
