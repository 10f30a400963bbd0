import { requiredProofs } from '../../contracts/configuration/image.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { hours, minutes } from '../../contracts/duration.ts';
import type { Evidence, ManifestScan } from '../../contracts/evidence.ts';
import { isInRepositories } from '../../contracts/image.ts';
import { after, type Instant, parseInstant } from '../../contracts/instant.ts';
import type { Release } from '../../contracts/release.ts';
import { attestationCheck, type ImageCheck } from './attestation.ts';

/** What must be proven of an image, and by whom it must have been signed. */
export type ImageRules = ServiceConfiguration['validation']['image'];

type Proven = Pick<Evidence, 'image' | 'gatheredAt' | 'branch'>;

/** What is known of an image, held to the rules (I3). Says nothing of what is not required. */
export function imageChecks(
  { image, gatheredAt, branch }: Proven,
  rules: ImageRules,
  release: Pick<Release, 'image' | 'digest' | 'commit'>,
): ImageCheck[] {
  const { repositories } = rules;
  // A run on a hotfix branch or of a merge queue signs by that branch; the run was judged to be of one that is deployed.
  const signer = { ...rules.signer, branch: branch ?? rules.signer.branch };
  const allowed = repositories === null ? [] : [repositoryCheck(release.image, repositories)];
  if (image === null) return [...allowed, { name: 'image', result: 'fail', reason: 'nothing is known about it' }];
  return [
    ...allowed,
    image.present
      ? { name: 'image', result: 'pass', reason: 'it is in the registry' }
      : { name: 'image', result: 'fail', reason: `${release.digest} is not in the registry` },
    ...(rules.critical === null ? [] : [scanCheck(image.scans, rules, rules.critical, gatheredAt)]),
    ...requiredProofs(rules).map((proof) => attestationCheck(image.attestations, proof, signer, release)),
  ];
}

/** Which results about an image are still to come, in words. Null when there are none, so that waiting is of no use. */
export function imageUnderWay(
  evidence: Proven,
  rules: ImageRules,
  release: Pick<Release, 'image' | 'digest' | 'commit'>,
): string | null {
  const checks = imageChecks(evidence, rules, release);
  if (checks.some(({ result }) => result === 'fail')) return null;
  const waiting = checks.filter(({ result }) => result === 'inconclusive');
  return waiting.length === 0 ? null : waiting.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
}

function repositoryCheck(image: string, repositories: readonly string[]): ImageCheck {
  const name = 'image repository';
  if (isInRepositories(image, repositories)) return { name, result: 'pass', reason: 'it is allowed' };
  return { name, result: 'fail', reason: `${image} is not in ${repositories.join(' or ')}` };
}

/** A registry that scans on push knows of the scan by then. */
const scanAppearsWithin = minutes(5);

/** Every state that ECR names and that has no findings to judge; `COMPLETE` and `ACTIVE` (scanned again as new faults get known) have. */
const withoutFindings: Readonly<Record<string, { result: 'fail' | 'inconclusive'; told: string }>> = {
  IN_PROGRESS: { result: 'inconclusive', told: 'is still running' },
  PENDING: { result: 'inconclusive', told: 'has not begun yet' },
  NONE: { result: 'fail', told: 'was never made; turn scanning on for the repository, or start a scan' },
  FAILED: { result: 'fail', told: 'failed; start it again' },
  UNSUPPORTED_IMAGE: { result: 'fail', told: 'is not possible: the scanner does not know this kind of image' },
  SCAN_ELIGIBILITY_EXPIRED: {
    result: 'fail',
    told: 'is out of date: the registry does not scan images of this age; build it again, or let images be scanned for longer',
  },
  FINDINGS_UNAVAILABLE: { result: 'fail', told: 'has no findings that can be read; start it again' },
  LIMIT_EXCEEDED: { result: 'fail', told: 'was not made: a limit of the scanner was reached' },
  IMAGE_ARCHIVED: { result: 'fail', told: 'is not possible: the image is archived; restore it' },
};

function scanCheck(scans: readonly ManifestScan[] | null, rules: ImageRules, most: number, at: Instant): ImageCheck {
  const check = (result: ImageCheck['result'], reason: string): ImageCheck => ({ name: 'image scan', result, reason });
  if (scans === null) return check('fail', 'it was not checked');
  if (scans.length === 0) return check('fail', 'the image index lists no image that could be scanned');
  const unfinished = scans.flatMap((scan) => unfinishedScan(scan, at) ?? []);
  if (unfinished.length > 0) {
    const result = unfinished.every((one) => one.result === 'inconclusive') ? 'inconclusive' : 'fail';
    return check(result, unfinished.map(({ told }) => told).join(', '));
  }
  const waivers = new Map(rules.waivers.map((waiver) => [waiver.finding, waiver]));
  const named = [...new Set(scans.flatMap(({ findings }) => findings.map(({ id }) => id)))];
  const counts = (id: string): boolean => {
    const waiver = waivers.get(id);
    return waiver === undefined || at >= endOf(waiver.until);
  };
  // The worst of the platforms decides: what runs is one of them.
  const open = Math.max(
    ...scans.map(({ critical, findings }) => {
      const listed = findings.reduce((sum, { count }) => sum + count, 0);
      const waived = findings.filter(({ id }) => !counts(id)).reduce((sum, { count }) => sum + count, 0);
      return Math.max(critical ?? 0, listed) - waived;
    }),
  );
  const told = named.flatMap((id) => {
    const waiver = waivers.get(id);
    if (waiver === undefined) return [];
    const { owner, until } = waiver;
    return [
      counts(id) ? `the waiver of ${id} by ${owner} ended with ${until}` : `${id} is waived by ${owner} until ${until}`,
    ];
  });
  const reason = [`found ${open} critical, at most ${most}`, ...told].join('; ');
  return check(open > most ? 'fail' : 'pass', reason);
}

function unfinishedScan(scan: ManifestScan, at: Instant): { result: 'fail' | 'inconclusive'; told: string } | null {
  const { status, description, digest, platform, pushedAt, critical } = scan;
  const of = platform === null ? '' : `that of ${platform} (${digest.slice(0, 19)}) `;
  if (status === 'COMPLETE' || status === 'ACTIVE') {
    // What nobody counted may be there: without counts nothing passes.
    const told = `${of}is ${status}, and the registry gives no counts of its findings; start it again`;
    return critical === null ? { result: 'fail', told } : null;
  }
  const isNew = status === 'NONE' && pushedAt !== null && at < after(pushedAt, scanAppearsWithin);
  if (isNew) return { result: 'inconclusive', told: `${of}has not begun yet` };
  const known = Object.hasOwn(withoutFindings, status) ? withoutFindings[status] : undefined;
  const { result, told } = known ?? { result: 'fail', told: `is in a state that Sluice does not know` };
  const word = status === 'NONE' ? '' : ` (${[status, description].filter(Boolean).join(': ')})`;
  return { result, told: `${of}${told}${word}` };
}

/** The end of a day in UTC. */
const endOf = (day: string): Instant => after(parseInstant(`${day}T00:00:00Z`), hours(24));
