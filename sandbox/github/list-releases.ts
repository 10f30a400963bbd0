import { type BuiltRelease, buildRelease } from './built-release.ts';
import { type CiRules, type ParsedOutcome, readCiFiles } from './ci-files.ts';
import { fullName, type Repository } from './github-store.ts';

/** A release as the image registry knows it. */
export interface ListedRelease extends BuiltRelease {
  readonly builtAt: Date;
  /** Findings of the image scan by severity; none where nothing is said. */
  readonly findings: ParsedOutcome['findings'];
  /** Whose workflow built it, for which branch. */
  readonly builtBy: { readonly repository: string; readonly workflow: string; readonly branch: string };
}

/** Every release that CI built, in the order of their version tags. */
export const listReleases = (
  repository: Repository,
  { image, workflow, branch }: Pick<CiRules, 'image' | 'workflow'> & { readonly branch: string },
): ListedRelease[] =>
  [...repository.refs].flatMap(([name, sha]) => {
    if (!name.startsWith('tags/v')) return [];
    const run = [...repository.tables.runs.values()].find((one) => one.headSha === sha);
    const builtAt = new Date(run?.updatedAt ?? 0);
    const { findings } = readCiFiles(repository, sha).outcome;
    const builtBy = { repository: fullName(repository.row), workflow, branch: run?.headBranch ?? branch };
    return [{ ...buildRelease(image, name.slice('tags/'.length), sha), builtAt, findings, builtBy }];
  });
