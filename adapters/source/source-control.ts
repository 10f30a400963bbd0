import type { Contributor } from '../../contracts/contributor.ts';
import type { CheckConclusion } from '../../contracts/evidence.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { ReleaseFile } from '../../contracts/release.ts';
import type { CallOptions } from '../shared/call-neighbour.ts';

/** One run of a workflow, or one attempt of it. */
export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  readonly commit: string;
  /** Null when the branch is gone. */
  readonly branch: string | null;
  readonly event: string;
  /** Path of the workflow file, without the ref that GitHub sometimes appends. */
  readonly workflow: string;
  /** `completed` or on the way. */
  readonly status: string;
  readonly conclusion: CheckConclusion;
  readonly url: string;
  /** Who started it: GitHub login. */
  readonly actor: string | null;
  readonly repositoryId: number;
  /** Another one than `repositoryId` when the run came from a fork. */
  readonly headRepositoryId: number | null;
}

/** `release.json` of a run, or why there is none, in words for the person who has to fix it. */
export type ReleaseArtifact = { kind: 'found'; release: ReleaseFile } | { kind: 'unusable'; reason: string };

export interface CheckRun {
  readonly name: string;
  /** Null while it runs. */
  readonly conclusion: CheckConclusion;
  readonly url: string | null;
}

export interface StagingDeployment {
  /** The newest status of its own: `success`, `failure`, `in_progress`…; `pending` when it has none yet. */
  readonly state: string;
  readonly url: string | null;
}

/** `head` as seen from `base`. */
export interface Comparison {
  readonly status: 'ahead' | 'behind' | 'identical' | 'diverged';
  readonly aheadBy: number;
  readonly behindBy: number;
  /** First lines of the commits of `head` that `base` has not, oldest first, at most 250. */
  readonly commits: readonly { readonly sha: string; readonly subject: string; readonly author: string | null }[];
  readonly url: string;
}

export interface Commit {
  readonly sha: string;
  /** GitHub login, null when GitHub knows no account of that mail address. */
  readonly author: string | null;
  readonly name: string;
  readonly mail: string | null;
  readonly committedAt: Instant;
  readonly message: string;
}

/** Which range, and which CI run of it. */
export interface ContributorsQuestion {
  readonly repository: string;
  /** What is live: a commit, or the tag of its version; null when nobody knows, so that the range is the head alone. */
  readonly base: string | null;
  /** The release's commit. */
  readonly head: string;
  readonly run: { readonly id: number; readonly attempt: number } | null;
}

/** Who took part in a range of commits, their pull requests and their CI run. */
export interface Contributors {
  readonly people: readonly Contributor[];
  /** How many commits were read. */
  readonly commits: number;
  /** False when there are more than are read: then there may be others. */
  readonly complete: boolean;
}

export type RunForVersion =
  | { kind: 'found'; run: WorkflowRun; commit: string }
  | { kind: 'no-tag' }
  /** The tag is there, and no successful run of that workflow on that branch for its commit. */
  | { kind: 'no-run'; commit: string };

/** A production deployment as GitHub shows it beside commits and pull requests. */
export interface DeploymentRecord {
  readonly repository: string;
  readonly commit: string;
  readonly operation: string;
  readonly description: string;
  /** `production` without it. */
  readonly environment?: string;
}

export interface DeploymentStatus {
  readonly state: 'queued' | 'in_progress' | 'success' | 'failure' | 'error' | 'inactive';
  readonly description: string;
  /** Where a person can look at the operation. */
  readonly url?: string;
}

/**
 * Where the code is and what CI did with it. Repositories are `owner/name`. Errors of all: NeighbourUnavailable,
 * NeighbourRefused.
 */
export interface SourceControl {
  /** @param attempt one attempt of a run that was repeated; the newest without it. */
  workflowRun(repository: string, runId: number, attempt?: number, options?: CallOptions): Promise<WorkflowRun | null>;
  releaseArtifact(repository: string, runId: number, options?: CallOptions): Promise<ReleaseArtifact>;
  /** The newest check run of each name. */
  checkRuns(repository: string, sha: string, options?: CallOptions): Promise<CheckRun[]>;
  /** The newest deployment of a commit to an environment. */
  stagingDeployment(
    repository: string,
    sha: string,
    environment: string,
    options?: CallOptions,
  ): Promise<StagingDeployment | null>;
  compare(repository: string, base: string, head: string, options?: CallOptions): Promise<Comparison | null>;
  /** @param ref a commit id, a branch or a tag. */
  commit(repository: string, ref: string, options?: CallOptions): Promise<Commit | null>;
  /** Who wrote, committed, proposed, merged and ran what a release brings in. */
  contributors(question: ContributorsQuestion, options?: CallOptions): Promise<Contributors>;
  /** The successful run of a workflow that built a version: the version is a tag. */
  findRunForVersion(wanted: VersionQuestion, options?: CallOptions): Promise<RunForVersion>;
  /** Makes GitHub show the deployment; answers the same id when this operation has one already (I10). */
  createDeployment(record: DeploymentRecord, options?: CallOptions): Promise<number>;
  setDeploymentStatus(
    repository: string,
    deployment: number,
    status: DeploymentStatus,
    options?: CallOptions,
  ): Promise<void>;
}

export interface VersionQuestion {
  readonly repository: string;
  readonly version: string;
  /** Path of the workflow file. */
  readonly workflow: string;
  readonly branch: string;
}
