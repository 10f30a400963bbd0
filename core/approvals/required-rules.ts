import type { ApprovalRule } from '../../contracts/configuration/approvals.ts';
import type { DeploymentType } from '../../contracts/trigger.ts';
import type { VersionScheme } from '../../contracts/version.ts';

/** What is to be approved. */
export interface ApprovalOccasion {
  readonly type: DeploymentType;
  /** The version that is live; null when none is known. */
  readonly previousVersion: string | null;
  readonly version: string;
  /** How its versions are written. */
  readonly versions: VersionScheme;
  readonly reversible: boolean;
  /** Whether everybody who took part in the release is known: of a very long range they are not. */
  readonly everybodyKnown: boolean;
}

/**
 * The rules that apply (DESIGN §5, approvals):
 * - standard: those for `always`, and those for `major` when the first number of the version changes in either direction or
 *   cannot be compared, as of versions that are not semantic;
 * - hotfix: those for `hotfix` in place of them, or `always` when there are none, so that an approval is never lost (I3);
 * - a release that is not reversible needs those for `irreversible` as well, or every rule there is when there are none;
 * - a release of more commits than are read needs those for `too-many-commits` as well.
 */
export function requiredRules<Rule extends Pick<ApprovalRule, 'when'>>(
  rules: readonly Rule[],
  occasion: ApprovalOccasion,
): readonly Rule[] {
  const hotfix = occasion.type === 'hotfix' && rules.some((rule) => rule.when === 'hotfix');
  const tooMany = !occasion.everybodyKnown;
  if (!occasion.reversible && !rules.some((rule) => rule.when === 'irreversible')) {
    return rules.filter((rule) => tooMany || rule.when !== 'too-many-commits');
  }
  const applies: Readonly<Record<ApprovalRule['when'], boolean>> = {
    always: !hotfix,
    hotfix,
    major: occasion.type === 'standard' && isMajor(occasion),
    irreversible: !occasion.reversible,
    'too-many-commits': tooMany,
  };
  return rules.filter((rule) => applies[rule.when]);
}

/** Whether the first number of the version changes, or nobody can say. */
export function isMajor({
  previousVersion,
  version,
  versions,
}: Pick<ApprovalOccasion, 'previousVersion' | 'version' | 'versions'>): boolean {
  // The year of a calendar version looks like a first number, and says nothing.
  if (versions !== 'semver') return true;
  const before = previousVersion === null ? null : majorOf(previousVersion);
  return before === null || before !== majorOf(version);
}

/** The first number of a semantic version with or without `v`; null when the text is none. */
function majorOf(version: string): number | null {
  const major = /^v?(\d+)\.\d+\.\d+/.exec(version)?.[1];
  return major === undefined ? null : Number(major);
}
