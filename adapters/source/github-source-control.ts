import type { GitHub } from '../shared/github.ts';
import { createCommitReader } from './github-commits.ts';
import { createComplianceReader } from './github-compliance.ts';
import { createContributorReader } from './github-contributors.ts';
import { createDeployments } from './github-deployments.ts';
import { createReleaseReader } from './github-releases.ts';
import { createRunReader } from './github-runs.ts';
import type { SourceControl } from './source-control.ts';

/** Source control on GitHub's REST API. */
export function createGitHubSourceControl(github: GitHub): SourceControl {
  return {
    ...createRunReader(github),
    ...createReleaseReader(github),
    ...createCommitReader(github),
    ...createContributorReader(github),
    ...createComplianceReader(github),
    ...createDeployments(github),
  };
}
