import type { Contributor } from '../../contracts/contributor.ts';
import type { CheckConclusion } from '../../contracts/evidence.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { PullRequest } from '../../contracts/records/subject.ts';
import type { ReleaseFile } from '../../contracts/release.ts';
import type { CallOptions } from '../shared/call-dependency.ts';

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
  /** GitHub login of whose push caused it. */
  readonly actor: string | null;
  /** GitHub login of who started this attempt: somebody else when the run was repeated. */
  readonly triggeringActor: string | null;
  readonly repositoryId: number;
  /** Another one than `repositoryId` when the run came from a fork. */
  readonly headRepositoryId: number | null;
}

/** `release.json` of a run, or why there is none, in words for the person who has to fix it. */
export type ReleaseArtifact = { kind: 'found'; release: ReleaseFile } | { kind: 'unusable'; reason: string };

export interface Job {
  /** As GitHub shows it: `test`, `test (24)` of a matrix, `release / build` of a called workflow. */
  readonly name: string;
  /** Null while it is under way. */
  readonly conclusion: CheckConclusion;
  readonly url: string | null;
}

export interface StagingDeployment {
  /** `success`, `failure`, `in_progress`…; `pending` when it has no status yet. */
  readonly state: string;
  readonly url: string | null;
  /** When it got to that state; null or absent while it has no status. */
  readonly since?: Instant | null;
}

export interface StagingQuestion {
  readonly repository: string;
  readonly sha: string;
  readonly environment: string;
  /** Logins, and apps as `app/slug`. */
  readonly createdBy: readonly string[];
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
  /** The commit of what is live; null when nobody knows. */
  readonly base: string | null;
  /** What the range is where the base is not known, or is no commit of the repository: the head alone, or everything up to it. */
  readonly withoutBase: 'head' | 'history';
  /** The release's commit. */
  readonly head: string;
  readonly run: { readonly id: number; readonly attempt: number } | null;
}

/** Who took part in a range of commits, their pull requests and their CI run. */
export interface Contributors {
  readonly people: readonly Contributor[];
  /** The merged pull requests that the commits came from, by number. */
  readonly pulls: readonly PullRequest[];
  /** How many commits were read. */
  readonly commits: number;
  /** False when there are more than are read: then there may be others. */
  readonly complete: boolean;
}

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

export interface Issue {
  readonly title: string;
  /** `open` or `closed`. */
  readonly state: string;
  readonly labels: string[];
  readonly url: string;
  /** GitHub counts pull requests among the issues. */
  readonly isPull: boolean;
}

/**
 * Where the code is and what CI did with it. Repositories are `owner/name`. Errors of all: DependencyUnavailable,
 * DependencyRefused.
 */
export interface SourceControl {
  /** @param attempt one attempt of a run that was repeated; the newest without it. */
  workflowRun(repository: string, runId: number, attempt?: number, options?: CallOptions): Promise<WorkflowRun | null>;
  releaseArtifact(repository: string, runId: number, options?: CallOptions): Promise<ReleaseArtifact>;
  /** Every run of any workflow for a commit, each in its newest attempt, newest first. */
  runsOfCommit(repository: string, sha: string, options?: CallOptions): Promise<WorkflowRun[]>;
  /** The jobs of a run in its newest attempt. Only GitHub itself writes them, unlike check runs. */
  jobs(repository: string, runId: number, options?: CallOptions): Promise<Job[]>;
  /** The newest deployment of a commit to an environment by one of `createdBy`, whatever others have created or said of it. */
  stagingDeployment(question: StagingQuestion, options?: CallOptions): Promise<StagingDeployment | null>;
  /** Between commits, by their ids: a branch and a tag may have the same name. */
  compare(repository: string, base: string, head: string, options?: CallOptions): Promise<Comparison | null>;
  /** @param ref a commit id, a branch or a tag. */
  commit(repository: string, ref: string, options?: CallOptions): Promise<Commit | null>;
  /** Who wrote, committed, proposed, merged and ran what a release brings in. */
  contributors(question: ContributorsQuestion, options?: CallOptions): Promise<Contributors>;
  /** The commit of a tag; null when there is no such tag. */
  taggedCommit(repository: string, tag: string, options?: CallOptions): Promise<string | null>;
  /** The commit at the head of a branch, whatever tag has the same name; null when there is no such branch. */
  branchCommit(repository: string, branch: string, options?: CallOptions): Promise<string | null>;
  /** Titles and bodies of the merged pull requests that a commit came from. */
  pullTexts(repository: string, commit: string, options?: CallOptions): Promise<readonly string[]>;
  /** An issue by its number, which may be a pull request's; null when there is none. */
  issue(repository: string, number: number, options?: CallOptions): Promise<Issue | null>;
  /** Whether a commit has a file at a path; null when it has none. */
  fileAt(repository: string, commit: string, path: string, options?: CallOptions): Promise<{ path: string } | null>;
  /** Makes GitHub show the deployment; answers the same id when this operation has one already (I10). */
  createDeployment(record: DeploymentRecord, options?: CallOptions): Promise<number>;
  /** Adds a status, unless the newest one says the same already (I10). */
  setDeploymentStatus(
    repository: string,
    deployment: number,
    status: DeploymentStatus,
    options?: CallOptions,
  ): Promise<void>;
}
