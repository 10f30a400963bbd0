import { createHash } from 'node:crypto';
import type { Endpoints } from '@octokit/types';
import { commitOf, fullName, type GitHubStore, type Repository } from './github-store.ts';
import { checkNow, runNow } from './jobs.ts';
import { isoSeconds } from './present-commit.ts';
import { nodeId, presentMinimalRepository, presentUser } from './present-repository.ts';
import type { ArtifactRow, CheckRunRow, DeploymentRow, DeploymentStatusRow, RunRow } from './rows.ts';

type Job = Endpoints['GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs']['response']['data']['jobs'][number];

/** The workflow's id: one per path, as on GitHub. */
const workflowId = (path: string): number => createHash('sha1').update(path).digest().readUInt32BE() % 100_000_000;

type ShownRun = Omit<RunRow, 'earlier'> & Partial<Pick<RunRow, 'earlier'>>;

/** A workflow run as the API and the `workflow_run` webhook show it. */
export function presentRun(endpoint: string, store: GitHubStore, repository: Repository, row: ShownRun) {
  const run = runNow(repository, row);
  const name = fullName(repository.row);
  const url = `${endpoint}/repos/${name}/actions/runs/${run.id}`;
  const head = store.repositories.get(run.headRepository);
  const commit = commitOf(repository, run.headSha) ?? (head && commitOf(head, run.headSha));
  const workflow = workflowId(run.path);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.id,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    run_number: run.runNumber,
    event: run.event,
    display_title: (commit?.message ?? '').split('\n')[0],
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflow,
    url,
    html_url: `${endpoint}/${name}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    // Whose push caused it; whoever repeats it is the triggering actor of that attempt.
    actor: presentUser(
      endpoint,
      row.earlier?.[0]?.actor ?? repository.tables.runs.get(run.id)?.earlier[0]?.actor ?? run.actor,
    ),
    run_attempt: run.attempt,
    referenced_workflows: [],
    run_started_at: run.startedAt,
    triggering_actor: presentUser(endpoint, run.actor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${endpoint}/repos/${name}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: run.attempt > 1 ? `${url}/attempts/${run.attempt - 1}` : null,
    workflow_url: `${endpoint}/repos/${name}/actions/workflows/${workflow}`,
    head_commit: {
      id: run.headSha,
      tree_id: commit?.tree ?? '',
      message: commit?.message ?? '',
      timestamp: isoSeconds(commit?.committer.at ?? 0),
      author: { name: commit?.author.name ?? '', email: commit?.author.email ?? '' },
      committer: { name: commit?.committer.name ?? '', email: commit?.committer.email ?? '' },
    },
    repository: presentMinimalRepository(endpoint, repository.row),
    head_repository: presentMinimalRepository(endpoint, (head ?? repository).row),
  };
}

/** The workflow document of a `workflow_run` webhook. */
export function presentWorkflow(endpoint: string, repository: Repository, run: RunRow) {
  const id = workflowId(run.path);
  const name = fullName(repository.row);
  const first = [...repository.tables.runs.values()].find((one) => one.path === run.path) ?? run;
  return {
    id,
    node_id: nodeId('Workflow', id),
    name: run.name,
    path: run.path,
    state: 'active',
    created_at: first.createdAt,
    updated_at: first.createdAt,
    url: `${endpoint}/repos/${name}/actions/workflows/${id}`,
    html_url: `${endpoint}/${name}/blob/${repository.row.defaultBranch}/${run.path}`,
    badge_url: `${endpoint}/${name}/workflows/${encodeURIComponent(run.name)}/badge.svg`,
  };
}

export function presentArtifact(endpoint: string, store: GitHubStore, repository: Repository, artifact: ArtifactRow) {
  const url = `${endpoint}/repos/${fullName(repository.row)}/actions/artifacts/${artifact.id}`;
  const zip = Buffer.from(artifact.zip, 'base64');
  const run = repository.tables.runs.get(artifact.runId);
  return {
    id: artifact.id,
    node_id: nodeId('Artifact', artifact.id),
    name: artifact.name,
    size_in_bytes: zip.length,
    url,
    archive_download_url: `${url}/zip`,
    expired: Date.parse(artifact.expiresAt) <= Date.now(),
    digest: `sha256:${createHash('sha256').update(zip).digest('hex')}`,
    created_at: artifact.createdAt,
    updated_at: artifact.createdAt,
    expires_at: artifact.expiresAt,
    workflow_run: {
      id: artifact.runId,
      repository_id: repository.row.id,
      head_repository_id: store.repositories.get(run?.headRepository ?? '')?.row.id ?? repository.row.id,
      head_branch: run?.headBranch ?? '',
      head_sha: run?.headSha ?? '',
    },
  };
}

/** A job as the jobs of a run show it: the check run of the same id. */
export function presentJob(endpoint: string, repository: Repository, run: RunRow, job: CheckRunRow): Job {
  const name = fullName(repository.row);
  const url = `${endpoint}/repos/${name}/actions/jobs/${job.id}`;
  return {
    id: job.id,
    run_id: run.id,
    workflow_name: run.name,
    head_branch: run.headBranch,
    run_url: `${endpoint}/repos/${name}/actions/runs/${run.id}`,
    run_attempt: job.attempt ?? run.attempt,
    node_id: nodeId('CheckRun', job.id),
    head_sha: job.headSha,
    url,
    html_url: `${endpoint}/${name}/actions/runs/${run.id}/job/${job.id}`,
    status: job.status,
    // The schema lacks the two that only other apps' check runs have.
    conclusion: job.conclusion === 'stale' ? null : job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: [],
    check_run_url: `${endpoint}/repos/${name}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: 1,
    runner_name: 'GitHub Actions 1',
    runner_group_id: 2,
    runner_group_name: 'GitHub Actions',
  };
}

export function presentCheckRun(endpoint: string, repository: Repository, row: CheckRunRow) {
  const check = checkNow(row);
  const name = fullName(repository.row);
  const url = `${endpoint}/repos/${name}/check-runs/${check.id}`;
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId('CheckRun', check.id),
    head_sha: check.headSha,
    external_id: check.externalId,
    url,
    html_url: `${endpoint}/${name}/runs/${check.id}`,
    details_url: check.detailsUrl ?? `${endpoint}/${name}/runs/${check.id}`,
    status: check.status,
    conclusion: check.conclusion,
    started_at: check.startedAt,
    completed_at: check.completedAt,
    output: { ...check.output, text: null, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: check.id },
    app: presentApp(endpoint, check.app),
    pull_requests: [],
  };
}

const presentApp = (endpoint: string, slug: string) => ({
  id: workflowId(slug),
  slug,
  node_id: nodeId('App', workflowId(slug)),
  owner: presentUser(endpoint, 'github'),
  name: slug,
  description: null,
  external_url: `${endpoint}/apps/${slug}`,
  html_url: `${endpoint}/apps/${slug}`,
  created_at: '2020-01-01T00:00:00Z',
  updated_at: '2020-01-01T00:00:00Z',
  permissions: {},
  events: [],
});

/** An app acts as the user `slug[bot]`. */
const appOf = (endpoint: string, login: string) =>
  login.endsWith('[bot]') ? presentApp(endpoint, login.slice(0, -'[bot]'.length)) : null;

export function presentDeployment(endpoint: string, repository: Repository, deployment: DeploymentRow) {
  const base = `${endpoint}/repos/${fullName(repository.row)}`;
  return {
    url: `${base}/deployments/${deployment.id}`,
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: presentUser(endpoint, deployment.creator),
    created_at: deployment.createdAt,
    updated_at: deployment.updatedAt,
    statuses_url: `${base}/deployments/${deployment.id}/statuses`,
    repository_url: base,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: appOf(endpoint, deployment.creator),
  };
}

export function presentDeploymentStatus(endpoint: string, repository: Repository, status: DeploymentStatusRow) {
  const base = `${endpoint}/repos/${fullName(repository.row)}`;
  return {
    url: `${base}/deployments/${status.deploymentId}/statuses/${status.id}`,
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    state: status.state,
    creator: presentUser(endpoint, status.creator),
    description: status.description,
    environment: status.environment,
    target_url: status.logUrl,
    log_url: status.logUrl,
    environment_url: status.environmentUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    deployment_url: `${base}/deployments/${status.deploymentId}`,
    repository_url: base,
    performed_via_github_app: appOf(endpoint, status.creator),
  };
}
