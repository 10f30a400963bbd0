/** What GitHub keeps beside Git. Times are ISO 8601 in UTC, as its API shows them. */

export interface RepositoryRow {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly defaultBranch: string;
  /** `owner/name` of the repository this one was forked from. */
  readonly forkOf?: string;
}

export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'timed_out'
  | 'action_required'
  | 'skipped'
  | 'stale';

export interface RunRow {
  readonly id: number;
  readonly runNumber: number;
  readonly attempt: number;
  readonly name: string;
  readonly path: string;
  readonly event: string;
  readonly headBranch: string;
  readonly headSha: string;
  /** `owner/name` that the head commit came from. */
  readonly headRepository: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: Conclusion | null;
  readonly actor: string;
  readonly createdAt: string;
  readonly startedAt: string;
  readonly updatedAt: string;
  /** Earlier attempts, oldest first. */
  readonly earlier: readonly Omit<RunRow, 'earlier'>[];
}

export interface CheckRunRow {
  readonly id: number;
  readonly headSha: string;
  readonly name: string;
  readonly app: string;
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: Conclusion | null;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly output: { readonly title: string | null; readonly summary: string | null };
  /** Of a job: its run and attempt. Only GitHub itself makes such check runs. */
  readonly runId?: number;
  readonly attempt?: number;
  /** How a job that is under way ends, and when. */
  readonly ends?: { readonly at: string; readonly conclusion: Conclusion };
}

export interface DeploymentRow {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly creator: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly transient: boolean;
  readonly production: boolean;
}

export type DeploymentState = 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';

export interface DeploymentStatusRow {
  readonly id: number;
  readonly deploymentId: number;
  readonly state: DeploymentState;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly creator: string;
  readonly createdAt: string;
}

export interface ArtifactRow {
  readonly id: number;
  readonly runId: number;
  readonly name: string;
  /** The zip, base64. */
  readonly zip: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface IssueRow {
  readonly id: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: 'open' | 'closed';
  readonly labels: readonly string[];
  readonly assignees: readonly string[];
  readonly author: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
}

export interface CommentRow {
  readonly id: number;
  readonly issueNumber: number;
  readonly body: string;
  readonly author: string;
  readonly createdAt: string;
}

/** The tables of one repository. */
export interface Tables {
  runs: RunRow;
  checkRuns: CheckRunRow;
  deployments: DeploymentRow;
  deploymentStatuses: DeploymentStatusRow;
  artifacts: ArtifactRow;
  issues: IssueRow;
  comments: CommentRow;
}

export type TableName = keyof Tables;
