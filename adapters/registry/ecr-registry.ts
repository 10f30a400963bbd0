import { BatchGetImageCommand, DescribeImagesCommand, ECRClient, type ImageDetail } from '@aws-sdk/client-ecr';
import { seconds } from '../../contracts/duration.ts';
import { ecrRepositoryOf } from '../../contracts/image.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import { refused } from '../shared/dependency-errors.ts';
import { type EcrQuestion, readScan } from './ecr-scan.ts';
import { indexTypes, type PlatformManifest, platformManifests } from './image-index.ts';
import type { Registry } from './registry.ts';

export function createEcrRegistry(options: AwsOptions): Registry {
  const clients = new Map<string, ECRClient>();
  const clientOf = (region: string): ECRClient => {
    const client = clients.get(region) ?? new ECRClient(awsClientConfig({ ...options, region }));
    clients.set(region, client);
    return client;
  };
  return {
    async describe(image, digest, { scan, ...asked }) {
      const repository = ecrRepositoryOf(image);
      if (repository === null) return null;
      const { registryId, repositoryName, region } = repository;
      const question: EcrQuestion = {
        client: clientOf(region),
        repository: { registryId, repositoryName },
        within: asked.within ?? options.within ?? seconds(5),
        ...(asked.signal ? { signal: asked.signal } : {}),
      };
      const detail = await describeImage(question, digest);
      if (detail === null) return { present: false, scans: null };
      if (!scan) return { present: true, scans: null };
      const manifests = indexTypes.has(detail.imageManifestMediaType ?? '')
        ? await readIndex(question, digest)
        : [{ digest, platform: null }];
      const scans = manifests.map(async (manifest) => {
        const own = manifest.digest === digest ? detail : await describeImage(question, manifest.digest);
        return readScan(question, manifest, own);
      });
      return { present: true, scans: await Promise.all(scans) };
    },
  };
}

/** What ECR knows of a digest; null when it has none such. */
function describeImage({ client, repository, ...limits }: EcrQuestion, digest: string): Promise<ImageDetail | null> {
  const attempted = `DescribeImages ${repository.repositoryName}@${digest}`;
  return callAws({ ...limits, dependency: 'ECR', attempted, retry: 'safe' }, async (abortSignal) => {
    const question = new DescribeImagesCommand({ ...repository, imageIds: [{ imageDigest: digest }] });
    try {
      const { imageDetails = [] } = await client.send(question, { abortSignal });
      return imageDetails.find(({ imageDigest }) => imageDigest === digest) ?? null;
    } catch (error) {
      if (isAwsError(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return null;
      throw error;
    }
  });
}

/** The images that an index lists: it has no scan of its own, they have. */
async function readIndex({ client, repository, ...limits }: EcrQuestion, digest: string): Promise<PlatformManifest[]> {
  const attempted = `BatchGetImage ${repository.repositoryName}@${digest}`;
  const call = { ...limits, dependency: 'ECR', attempted, retry: 'safe' } as const;
  const { images = [] } = await callAws(call, (abortSignal) => {
    const acceptedMediaTypes = [...indexTypes];
    const question = { ...repository, imageIds: [{ imageDigest: digest }], acceptedMediaTypes };
    return client.send(new BatchGetImageCommand(question), { abortSignal });
  });
  const manifests = platformManifests(images[0]?.imageManifest ?? '', digest);
  if (manifests === null) throw refused({ ...call, reason: 'what it answered is not the index of this digest' });
  return manifests;
}
