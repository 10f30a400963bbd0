import { type BuiltRelease, buildRelease } from './built-release.ts';
import { type ParsedOutcome, readCiFiles } from './ci-files.ts';
import type { Repository } from './github-store.ts';

/** A release as the image registry knows it. */
export interface ListedRelease extends BuiltRelease {
  readonly builtAt: Date;
  /** Findings of the image scan by severity; none where nothing is said. */
  readonly findings: ParsedOutcome['findings'];
}

/** Every release that CI built, in the order of their version tags. */
export const listReleases = (repository: Repository, image: string): ListedRelease[] =>
  [...repository.refs].flatMap(([name, sha]) => {
    if (!name.startsWith('tags/v')) return [];
    const run = [...repository.tables.runs.values()].find((one) => one.headSha === sha);
    const builtAt = new Date(run?.updatedAt ?? 0);
    const { findings } = readCiFiles(repository, sha).outcome;
    return [{ ...buildRelease(image, name.slice('tags/'.length), sha), builtAt, findings }];
  });
