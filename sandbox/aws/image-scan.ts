import { AwsError } from './aws-error.ts';

/** Findings of the image scan by severity. */
export type ScanFindings = Readonly<Partial<Record<'CRITICAL' | 'HIGH' | 'MEDIUM' | 'LOW' | 'INFORMATIONAL', number>>>;

/** A scan in any state: ECR's own (`basic`), which DescribeImages tells too, or Inspector's (`enhanced`). */
export interface RegistryScan {
  readonly kind: 'basic' | 'enhanced';
  /** `COMPLETE`, `ACTIVE`, `IN_PROGRESS`, `PENDING`, `FAILED`, … */
  readonly status: string;
  readonly description?: string;
  readonly findings: readonly { readonly id: string; readonly severity: string; readonly status?: string }[];
}

/** A finished basic scan that found so many of each severity, named in their order. */
export const finishedScan = (counts: ScanFindings): RegistryScan => ({
  kind: 'basic',
  status: 'COMPLETE',
  findings: Object.entries(counts).flatMap(([severity, count]) =>
    Array.from({ length: count }, (_, index) => ({ id: `SANDBOX-${severity}-${index + 1}`, severity })),
  ),
});

const countsOf = ({ findings }: RegistryScan): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
};

const isFinished = ({ status }: RegistryScan): boolean => status === 'COMPLETE' || status === 'ACTIVE';

const statusOf = ({ status, description = '' }: RegistryScan) => ({ imageScanStatus: { status, description } });

/** What DescribeImages says of a scan: nothing of Inspector's. */
export const describeScan = (scan: RegistryScan | undefined): object =>
  scan === undefined || scan.kind === 'enhanced'
    ? {}
    : {
        ...statusOf(scan),
        ...(isFinished(scan) ? { imageScanFindingsSummary: { findingSeverityCounts: countsOf(scan) } } : {}),
      };

/** A page of DescribeImageScanFindings; the token is the place where the next page begins. @throws AwsError without a scan. */
export function pageOfFindings(
  scan: RegistryScan | undefined,
  digest: string,
  { maxResults, nextToken }: { maxResults?: number | undefined; nextToken?: string | undefined },
): object {
  if (scan === undefined) {
    throw new AwsError('ScanNotFoundException', `Image scan does not exist for the image with '${digest}'`);
  }
  if (!isFinished(scan)) return statusOf(scan);
  const start = Number(nextToken ?? 0);
  const end = start + (maxResults ?? 100);
  const page = scan.findings.slice(start, end);
  const findings =
    scan.kind === 'basic'
      ? { findings: page.map(({ id, severity }) => ({ name: id, severity, description: '', uri: '', attributes: [] })) }
      : {
          enhancedFindings: page.map(({ id, severity, status = 'ACTIVE' }) => ({
            findingArn: `arn:aws:inspector2:us-east-1:123456789012:finding/${id}`,
            type: 'PACKAGE_VULNERABILITY',
            title: `${id} - a package`,
            packageVulnerabilityDetails: { vulnerabilityId: id, source: 'NVD' },
            severity,
            status,
          })),
        };
  return {
    ...statusOf(scan),
    imageScanFindings: { ...findings, findingSeverityCounts: countsOf(scan) },
    ...(end < scan.findings.length ? { nextToken: String(end) } : {}),
  };
}
