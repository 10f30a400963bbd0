import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { AccessKeys } from './authenticate-sigv4.ts';
import { AwsError } from './aws-error.ts';
import { describeScan, pageOfFindings, type RegistryScan } from './image-scan.ts';
import type { StandIn } from './listener.ts';
import { type BesideImage, createRegistryHttp } from './registry-http.ts';
import { startAwsJson } from './start-aws-json.ts';

export interface RegistryImage {
  readonly repositoryName: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly tags: readonly string[];
  /** The OCI manifest whose hash is the digest. */
  readonly manifest: string;
  readonly pushedAt: Date;
  /** Of the manifest; that of an image unless written. */
  readonly mediaType?: string;
  /** Undefined: not scanned, as an image index never is. */
  readonly scan?: RegistryScan;
}

const ImageId = z.object({ imageDigest: z.string().optional(), imageTag: z.string().optional() });
const DescribeImages = z.object({ repositoryName: z.string(), imageIds: z.array(ImageId).optional() });
const BatchGetImage = z.object({ repositoryName: z.string(), imageIds: z.array(ImageId).min(1) });
const DescribeFindings = z.object({
  repositoryName: z.string(),
  imageId: ImageId,
  maxResults: z.int().min(1).max(1_000).optional(),
  nextToken: z.string().optional(),
});

const twelveHours = 12 * 3_600;
const imageType = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Starts ECR over `images`, asked anew for each request: DescribeImages, BatchGetImage, DescribeImageScanFindings and GetAuthorizationToken, and
 * beside them the registry's own HTTP API, by which what lies beside an image is read.
 */
export async function startEcr(options: {
  port: number;
  images: () => readonly RegistryImage[];
  accountId?: string;
  keys?: AccessKeys | undefined;
  beside?: (repositoryName: string, digest: string) => Promise<readonly BesideImage[]>;
}): Promise<StandIn> {
  const password = randomBytes(24).toString('base64url');
  let endpoint = '';
  const registryId = options.accountId ?? '123456789012';
  const imagesOf = (repositoryName: string): readonly RegistryImage[] => {
    const images = options.images().filter((image) => image.repositoryName === repositoryName);
    if (images.length > 0) return images;
    const message = `The repository with name '${repositoryName}' does not exist in the registry with id '${registryId}'`;
    throw new AwsError('RepositoryNotFoundException', message);
  };
  const find = (images: readonly RegistryImage[], id: z.infer<typeof ImageId>): RegistryImage | undefined =>
    images.find(
      (image) =>
        (id.imageDigest === undefined || image.digest === id.imageDigest) &&
        (id.imageTag === undefined || image.tags.includes(id.imageTag)),
    );
  const findOrFail = (repositoryName: string, id: z.infer<typeof ImageId>): RegistryImage => {
    const image = find(imagesOf(repositoryName), id);
    if (image !== undefined) return image;
    const words = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
    const message = `The image with imageId ${words} does not exist within the repository with name '${repositoryName}'`;
    throw new AwsError('ImageNotFoundException', `${message} in the registry with id '${registryId}'`);
  };
  const standIn = await startAwsJson({
    port: options.port,
    otherwise: createRegistryHttp({ password, beside: options.beside ?? (async () => []) }),
    targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
    protocol: '1.1',
    invalidInput: 'InvalidParameterException',
    keys: options.keys,
    operations: {
      DescribeImages: (input) => {
        const { repositoryName, imageIds } = DescribeImages.parse(input);
        const images = imageIds?.map((id) => findOrFail(repositoryName, id)) ?? imagesOf(repositoryName);
        return { imageDetails: images.map((image) => ({ registryId, ...describeImage(image) })) };
      },
      BatchGetImage: (input) => {
        const { repositoryName, imageIds } = BatchGetImage.parse(input);
        const images = imagesOf(repositoryName);
        const found = imageIds.flatMap((id) => find(images, id) ?? []);
        const missing = imageIds.filter((id) => find(images, id) === undefined);
        return {
          images: found.map((image) => ({
            registryId,
            repositoryName,
            imageId: { imageDigest: image.digest, imageTag: image.tags[0] },
            imageManifest: image.manifest,
            imageManifestMediaType: image.mediaType ?? imageType,
          })),
          failures: missing.map((imageId) => ({
            imageId,
            failureCode: 'ImageNotFound',
            failureReason: 'Requested image not found',
          })),
        };
      },
      DescribeImageScanFindings: (input) => {
        const { repositoryName, imageId, ...page } = DescribeFindings.parse(input);
        const image = findOrFail(repositoryName, imageId);
        const described = pageOfFindings(image.scan, image.digest, page);
        return { registryId, repositoryName, imageId: { imageDigest: image.digest }, ...described };
      },
      GetAuthorizationToken: () => ({
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
            expiresAt: Date.now() / 1_000 + twelveHours,
            proxyEndpoint: endpoint,
          },
        ],
      }),
    },
  });
  endpoint = standIn.endpoint;
  return standIn;
}

function describeImage(image: RegistryImage) {
  return {
    repositoryName: image.repositoryName,
    imageDigest: image.digest,
    imageTags: image.tags,
    imagePushedAt: image.pushedAt.getTime() / 1000,
    imageSizeInBytes: 48_000_000,
    imageManifestMediaType: image.mediaType ?? imageType,
    ...describeScan(image.scan),
  };
}
