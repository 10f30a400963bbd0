import {
  DescribeImageScanFindingsCommand,
  type DescribeImageScanFindingsCommandOutput,
  type ECRClient,
  type ImageDetail,
} from '@aws-sdk/client-ecr';
import type { Milliseconds } from '../../contracts/duration.ts';
import type { ManifestScan } from '../../contracts/evidence.ts';
import { instant } from '../../contracts/instant.ts';
import { callAws, isAwsError } from '../shared/aws.ts';
import type { PlatformManifest } from './image-index.ts';

/** Of which repository ECR is asked, and for how long. */
export interface EcrQuestion {
  readonly client: ECRClient;
  readonly repository: { readonly registryId: string; readonly repositoryName: string };
  readonly within: Milliseconds;
  readonly signal?: AbortSignal;
}

/** Most pages of 1,000 findings that are read; the counts are complete on the first. */
const mostPages = 5;
/** Most different critical findings that are kept by id: a waiver of one more does not count. */
const mostIds = 200;

/**
 * The scan of one manifest, basic or enhanced (Inspector's, which only DescribeImageScanFindings tells), in whatever state it is.
 *
 * @param detail what DescribeImages says of the manifest; null when it is not there.
 */
export async function readScan(
  question: EcrQuestion,
  { digest, platform }: PlatformManifest,
  detail: ImageDetail | null,
): Promise<ManifestScan> {
  const pages = await readPages(question, digest);
  const [first] = pages;
  const { status, description } = first?.imageScanStatus ?? detail?.imageScanStatus ?? {};
  const counts =
    first?.imageScanFindings?.findingSeverityCounts ?? detail?.imageScanFindingsSummary?.findingSeverityCounts ?? null;
  const critical = pages.flatMap(findingsOf).filter(({ severity }) => severity === 'CRITICAL');
  const times = new Map<string, number>();
  for (const { id } of critical) times.set(id, (times.get(id) ?? 0) + 1);
  return {
    digest,
    platform,
    status: status ?? 'NONE',
    description: description ?? '',
    pushedAt: detail?.imagePushedAt === undefined ? null : instant(detail.imagePushedAt.getTime()),
    critical: counts === null ? null : (counts.CRITICAL ?? 0),
    high: counts === null ? null : (counts.HIGH ?? 0),
    findings: [...times].slice(0, mostIds).map(([id, count]) => ({ id, count })),
  };
}

type Page = DescribeImageScanFindingsCommandOutput;

/** Every page of the findings; none when ECR knows no scan. */
async function readPages({ client, repository, ...limits }: EcrQuestion, digest: string): Promise<Page[]> {
  const attempted = `DescribeImageScanFindings ${repository.repositoryName}@${digest}`;
  const pages: Page[] = [];
  let nextToken: string | undefined;
  do {
    const question = { ...repository, imageId: { imageDigest: digest }, maxResults: 1_000, nextToken };
    const page = await callAws({ ...limits, dependency: 'ECR', attempted, retry: 'safe' }, async (abortSignal) => {
      try {
        return await client.send(new DescribeImageScanFindingsCommand(question), { abortSignal });
      } catch (error) {
        if (isAwsError(error, 'ScanNotFoundException', 'ImageNotFoundException')) return null;
        throw error;
      }
    });
    if (page === null) return pages;
    pages.push(page);
    nextToken = page.nextToken;
  } while (nextToken !== undefined && pages.length < mostPages);
  return pages;
}

/** Basic findings are named by themselves, Inspector's by the vulnerability. One that is closed is mended. */
function findingsOf({ imageScanFindings }: Page): { id: string; severity: string | undefined }[] {
  const { findings = [], enhancedFindings = [] } = imageScanFindings ?? {};
  return [
    ...findings.map(({ name = 'unnamed', severity }) => ({ id: name, severity })),
    ...enhancedFindings
      .filter(({ status }) => status !== 'CLOSED')
      .map(({ packageVulnerabilityDetails, title, findingArn, severity }) => ({
        id: packageVulnerabilityDetails?.vulnerabilityId ?? title ?? findingArn ?? 'unnamed',
        severity,
      })),
  ];
}
