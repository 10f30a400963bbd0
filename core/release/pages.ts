import { ecrRepositoryOf } from '../../contracts/image.ts';
import type { Release } from '../../contracts/release.ts';

/**
 * The page of the repository that a CI run is of: GitHub names it in the run's own address, so that GitHub Enterprise has links of its own.
 *
 * @param runUrl `https://github.com/owner/name/actions/runs/7`
 */
export const repositoryPage = (runUrl: string): string => runUrl.split('/actions/')[0] ?? runUrl;

/** Where GitHub shows a commit, with its message. */
export const commitPage = (runUrl: string, commit: string): string => `${repositoryPage(runUrl)}/commit/${commit}`;

/** The page of an issue of a repository on the server that the run is on. */
export function issuePage(runUrl: string, repository: string, number: number): string {
  const server = repositoryPage(runUrl).split('/').slice(0, -2).join('/');
  return `${server}/${repository}/issues/${number}`;
}

/** Where AWS's console shows an image of ECR and what its scan has found; null for one of another registry. */
export function imagePage({ image, digest }: Pick<Release, 'image' | 'digest'>): string | null {
  const found = ecrRepositoryOf(image);
  if (found === null) return null;
  const { region, registryId, repositoryName } = found;
  const path = `ecr/repositories/private/${registryId}/${repositoryName}/_/image/${digest}/details`;
  return `${awsConsole(region)}/${path}?region=${region}`;
}

/** Where AWS's console shows an EKS cluster, its workloads and who has access to it; null for one that is not configured. */
export function clusterPage(
  clusters: readonly { readonly name: string; readonly region?: string | undefined }[],
  name: string,
): string | null {
  const region = clusters.find((cluster) => cluster.name === name)?.region;
  return region === undefined
    ? null
    : `${awsConsole(region)}/eks/clusters/${encodeURIComponent(name)}?region=${region}`;
}

/** AWS's console in a region, by the partition that the region is in. */
function awsConsole(region: string): string {
  if (region.startsWith('cn-')) return `https://${region}.console.amazonaws.cn`;
  if (region.startsWith('us-gov-')) return `https://${region}.console.amazonaws-us-gov.com`;
  return `https://${region}.console.aws.amazon.com`;
}
