import { DescribeImagesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { seconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws, isAwsError } from '../shared/aws.ts';
import type { ImageEvidence, Registry } from './registry.ts';

const ecrImage = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/(.+)$/;
const absent: ImageEvidence = { present: false, scan: null, signature: 'unknown' };

export function createEcrRegistry(options: AwsOptions): Registry {
  const clients = new Map<string, ECRClient>();
  const clientOf = (region: string): ECRClient => {
    const client = clients.get(region) ?? new ECRClient(awsClientConfig({ ...options, region }));
    clients.set(region, client);
    return client;
  };
  return {
    async describe(image, digest, asked = {}) {
      const [, registryId, region, repositoryName] = ecrImage.exec(image) ?? [];
      if (registryId === undefined || region === undefined || repositoryName === undefined) return null;
      const call = {
        neighbour: 'ECR',
        attempted: `DescribeImages ${repositoryName}@${digest}`,
        kind: 'read',
        within: asked.within ?? options.within ?? seconds(5),
        ...(asked.signal ? { signal: asked.signal } : {}),
      } as const;
      return callAws(call, async (abortSignal) => {
        const question = new DescribeImagesCommand({ registryId, repositoryName, imageIds: [{ imageDigest: digest }] });
        try {
          const { imageDetails = [] } = await clientOf(region).send(question, { abortSignal });
          const found = imageDetails.find(({ imageDigest }) => imageDigest === digest);
          if (found === undefined) return absent;
          const counts = found.imageScanFindingsSummary?.findingSeverityCounts;
          const finished = found.imageScanStatus?.status === 'COMPLETE' || found.imageScanStatus?.status === 'ACTIVE';
          const scan = finished ? { critical: counts?.CRITICAL ?? 0, high: counts?.HIGH ?? 0 } : null;
          return { present: true, scan, signature: 'unknown' };
        } catch (error) {
          if (isAwsError(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return absent;
          throw error;
        }
      });
    },
  };
}
