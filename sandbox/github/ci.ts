import { zipSync } from 'fflate';
import { type BuiltRelease, buildRelease } from './built-release.ts';
import { type CiFiles, type CiRules, goodOutcome, type ParsedOutcome, readCiFiles } from './ci-files.ts';
import { addDeployment, addDeploymentStatus } from './deployments.ts';
import { type Editor, fullName, type Repository } from './github-store.ts';
import { actionsApp, jobsOf } from './jobs.ts';
import { isoSeconds } from './present-commit.ts';
import type { Conclusion, DeploymentState, RunRow } from './rows.ts';

export interface CiInput {
  readonly repository: Repository;
  /** Where the head commit is: the repository itself, or a fork for a pull request. */
  readonly headRepository?: Repository;
  readonly sha: string;
  readonly branch: string;
  readonly ci: CiRules;
  /** Who pushed: GitHub's actor of the run, whoever wrote the commit. */
  readonly pusher: string;
  readonly event?: string;
  readonly workflow?: string;
  /** Default: the edit's own time. */
  readonly at?: Date;
}

export interface CiResult {
  readonly run: RunRow;
  /** Undefined when the run failed or the commit makes no new version. */
  readonly release: BuiltRelease | undefined;
}

/** Runs CI of a commit to its end: a workflow run, its jobs, and for a new version image, staging, artifact and tag. */
export function runCi(editor: Editor, input: CiInput): CiResult {
  const { repository, sha, ci } = input;
  const head = input.headRepository ?? repository;
  const files = readCiFiles(head, sha);
  const at = isoSeconds(input.at ?? editor.now);
  const shared = {
    attempt: 1,
    name: 'CI',
    path: input.workflow ?? ci.workflow,
    event: input.event ?? 'push',
    headBranch: input.branch,
    headSha: sha,
    headRepository: fullName(head.row),
    status: 'completed' as const,
    conclusion: files.outcome.conclusion,
    actor: input.pusher,
    createdAt: at,
    startedAt: at,
    updatedAt: at,
    earlier: [],
  };
  if (head === repository) runOtherWorkflows(editor, repository, shared, jobsToRun(ci, files));
  const run: RunRow = { ...shared, id: editor.nextId(), runNumber: repository.tables.runs.size + 1 };
  editor.put(repository, 'runs', run);
  if (head !== repository) return { run, release: undefined };
  return { run, release: finish(editor, repository, run, files, ci) };
}

/** Runs a finished run again as its next attempt, which succeeds whatever the commit says. */
export function rerunCi(
  editor: Editor,
  given: { repository: Repository; run: RunRow; actor: string; ci: CiRules },
): CiResult {
  const { repository, ci, actor } = given;
  const { earlier, ...last } = given.run;
  const at = isoSeconds(editor.now);
  const attempt = { attempt: last.attempt + 1, conclusion: 'success', actor, startedAt: at, updatedAt: at } as const;
  const run: RunRow = { ...last, ...attempt, earlier: [...earlier, last] };
  editor.put(repository, 'runs', run);
  if (run.headRepository !== fullName(repository.row)) return { run, release: undefined };
  if (run.path !== ci.workflow) {
    const names = new Set(jobsOf(repository, given.run).map(({ name }) => name));
    for (const name of names) addJob(editor, repository, run, name, 'success');
    return { run, release: undefined };
  }
  const files = { ...readCiFiles(repository, run.headSha), outcome: goodOutcome() };
  const release = finish(editor, repository, run, files, ci);
  return { run, release };
}

function finish(
  editor: Editor,
  repository: Repository,
  run: RunRow,
  files: CiFiles,
  ci: CiRules,
): BuiltRelease | undefined {
  const { outcome, version } = files;
  for (const [name, told] of jobsToRun(ci, files)) if (!isElsewhere(name)) addJob(editor, repository, run, name, told);
  const taken = repository.refs.get(`tags/${version}`);
  const isNew = version !== '' && (taken === undefined || taken === run.headSha);
  if (run.conclusion !== 'success' || !isNew) return undefined;

  const release = buildRelease(ci.image, version, run.headSha);
  const reversible = outcome.reversible === undefined ? {} : { reversible: outcome.reversible };
  const metrics = files.metrics ?? ci.metrics;
  const model = Object.keys(metrics).length === 0 ? {} : { model: { name: repository.row.name, metrics } };
  const file = { version, image: release.image, digest: release.digest, ...model, ...reversible };
  addArtifact(editor, repository, run, JSON.stringify(file, null, 2));
  deployToStaging(editor, repository, run, outcome.staging, ci.staging);
  if (taken === undefined) editor.setRef(repository, `tags/${version}`, run.headSha);
  return release;
}

const elsewhere = /^([^/]+\.ya?ml)\/(.+)$/;

const isElsewhere = (name: string): boolean => elsewhere.test(name);

/** How each job ends, by its name: well, unless the commit says otherwise. */
const jobsToRun = ({ checks }: CiRules, { outcome }: CiFiles): [string, ToldJob][] =>
  Object.entries({ ...Object.fromEntries(checks.map((name) => [name, 'success' as const])), ...outcome.checks });

/** Jobs of other workflows: a run of each of these. */
function runOtherWorkflows(
  editor: Editor,
  repository: Repository,
  ci: Omit<RunRow, 'id' | 'runNumber'>,
  jobs: readonly [string, ToldJob][],
): void {
  const told = jobs.flatMap(([name, job]) => {
    const [, file, ownName] = elsewhere.exec(name) ?? [];
    return file === undefined || ownName === undefined ? [] : [{ file, name: ownName, job }];
  });
  for (const [file, own] of Map.groupBy(told, (one) => one.file)) {
    const bad = own.find(({ job }) => !['success', 'neutral', 'skipped'].includes(endOf(job)));
    const conclusion = bad === undefined ? 'success' : 'failure';
    const workflow = { name: file.replace(/\.ya?ml$/, ''), path: `.github/workflows/${file}`, conclusion } as const;
    const run: RunRow = { ...ci, ...workflow, id: editor.nextId(), runNumber: repository.tables.runs.size + 1 };
    editor.put(repository, 'runs', run);
    for (const { name, job } of own) addJob(editor, repository, run, name, job);
  }
}

type ToldJob = ParsedOutcome['checks'][string];

const endOf = (job: ToldJob): Conclusion => (typeof job === 'string' ? job : job.conclusion);

/** A job is a check run that only GitHub itself makes. */
function addJob(editor: Editor, repository: Repository, run: RunRow, name: string, job: ToldJob): void {
  const at = typeof job === 'string' ? null : isoSeconds(Date.parse(run.updatedAt) + job.after * 1_000);
  const how =
    at === null
      ? ({ status: 'completed', conclusion: endOf(job), completedAt: run.updatedAt } as const)
      : ({ status: 'in_progress', conclusion: null, completedAt: null, ends: { at, conclusion: endOf(job) } } as const);
  editor.put(repository, 'checkRuns', {
    ...how,
    id: editor.nextId(),
    headSha: run.headSha,
    name,
    app: actionsApp,
    startedAt: run.startedAt,
    externalId: '',
    detailsUrl: null,
    output: { title: null, summary: null },
    runId: run.id,
    attempt: run.attempt,
  });
}

function addArtifact(editor: Editor, repository: Repository, run: RunRow, releaseJson: string): void {
  const zip = zipSync({ 'release.json': [Buffer.from(releaseJson), { mtime: run.updatedAt }] });
  const ninetyDays = 90 * 24 * 3_600_000;
  editor.put(repository, 'artifacts', {
    id: editor.nextId(),
    runId: run.id,
    name: 'sluice-release',
    zip: Buffer.from(zip).toString('base64'),
    createdAt: run.updatedAt,
    expiresAt: isoSeconds(editor.now.getTime() + ninetyDays),
  });
}

function deployToStaging(
  editor: Editor,
  repository: Repository,
  run: RunRow,
  state: DeploymentState,
  { environment, creator }: CiRules['staging'],
): void {
  const at = new Date(run.updatedAt);
  const place = { environment, description: null };
  const kind = { ref: run.headBranch, task: 'deploy', payload: {}, transient: false, production: false };
  const deployment = addDeployment(editor, repository, { ...place, ...kind, sha: run.headSha, creator }, at);
  const urls = { environmentUrl: 'https://staging.example.com', logUrl: '' };
  const status = { state, description: '', environment, creator, ...urls };
  addDeploymentStatus(editor, repository, deployment, { ...status, retires: 'earlier deployments' }, at);
}
