import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { splitCheck } from '../../contracts/configuration/validation.ts';
import type { Evidence } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';
import { deployedBranch } from '../../core/triggers/deployed-branches.ts';
import type { ReleaseDeps } from '../ports.ts';
import { collectCompliance } from './collect-compliance.ts';
import { collectImage } from './collect-image.ts';

export type Collected =
  | { kind: 'collected'; release: Release; evidence: Evidence }
  | { kind: 'unusable'; reason: string };

/** Everything that GitHub and the registry know of what a CI run built, or why that is no release, in words. */
export async function collectEvidence(
  deps: Pick<ReleaseDeps, 'source' | 'registry' | 'attestations' | 'now'>,
  service: ServiceConfiguration,
  run: WorkflowRun,
): Promise<Collected> {
  const { source } = deps;
  const { repository, validation } = service;
  const artifact = await source.releaseArtifact(repository, run.id);
  if (artifact.kind === 'unusable') return artifact;
  const [commit, commitOnBranch, jobs, staging, image] = await Promise.all([
    source.commit(repository, run.commit),
    isOnBranch(source, service, run),
    collectJobs(deps, service, run),
    validation.staging === null
      ? null
      : source.stagingDeployment({ repository, sha: run.commit, ...validation.staging }),
    collectImage(deps, service, artifact.release),
  ]);
  if (commit === null) return { kind: 'unusable', reason: `Commit ${run.commit} is not in ${repository}.` };

  const compliance = await collectCompliance(deps, service, { commit, runUrl: run.url });
  const { release: file } = artifact;
  const release: Release = {
    service: service.name,
    version: file.version,
    commit: run.commit,
    image: file.image,
    digest: file.digest,
    model: file.model ?? null,
    reversible: file.reversible,
    chart: file.chart ?? null,
    runId: run.id,
    runAttempt: run.attempt,
    // Whom GitHub does not know may still be somebody of `people`, by the mail address.
    author: commit.author ?? commit.mail,
    committedAt: commit.committedAt,
  };
  const evidence: Evidence = {
    gatheredAt: deps.now(),
    runUrl: run.url,
    runConclusion: run.conclusion,
    commitOnBranch,
    inMergeQueue: deployedBranch(service.trigger, run.branch) === 'queue',
    branch: run.branch ?? service.trigger.branch,
    workflow: fileName(run.workflow),
    actors: [...new Set([run.actor, run.triggeringActor].filter((login) => login !== null))],
    ...jobs,
    staging,
    model: file.model ?? null,
    image,
    ...compliance,
  };
  return { kind: 'collected', release, evidence };
}

/**
 * Whether a run's commit is reachable from the deployed branch or, of a hotfix, from the branch of its run, which is gone once it was merged. Heads
 * are asked for by their ids: whoever may push a tag could name it like the branch and have GitHub compare with that, whose run says `main` and
 * `push` as well.
 */
async function isOnBranch(
  source: Pick<ReleaseDeps['source'], 'branchCommit' | 'compare'>,
  { repository, trigger }: ServiceConfiguration,
  { branch, commit }: WorkflowRun,
): Promise<boolean> {
  const hotfix = branch !== null && deployedBranch(trigger, branch) === 'hotfix' ? [branch] : [];
  for (const name of [...hotfix, trigger.branch]) {
    const head = await source.branchCommit(repository, name);
    const comparison = head === null ? null : await source.compare(repository, head, commit);
    if (comparison?.status === 'behind' || comparison?.status === 'identical') return true;
  }
  return false;
}

const folder = '.github/workflows/';

const fileName = (workflow: string): string => workflow.slice(workflow.lastIndexOf('/') + 1);

/**
 * The jobs of the workflows that required checks name, from every run of them for this commit on the deployed branch, in its merge queue, or on
 * the branch of the run itself. Runs of other branches and of forks are of other workflow files and say nothing.
 */
async function collectJobs(
  { source }: Pick<ReleaseDeps, 'source'>,
  { repository, validation, trigger }: ServiceConfiguration,
  built: WorkflowRun,
): Promise<Pick<Evidence, 'checks' | 'unfinished'>> {
  const own = fileName(built.workflow);
  const wanted = new Set(validation.requiredChecks.map(({ name }) => splitCheck(name).workflow ?? own));
  if (wanted.size === 0) return { checks: [], unfinished: [] };
  const counts = ({ workflow, branch, event, repositoryId, headRepositoryId }: WorkflowRun) =>
    workflow === folder + fileName(workflow) &&
    wanted.has(fileName(workflow)) &&
    (branch === built.branch ||
      branch === trigger.branch ||
      (event === 'merge_group' && deployedBranch(trigger, branch) === 'queue')) &&
    headRepositoryId === repositoryId;
  const others = (await source.runsOfCommit(repository, built.commit)).filter((run) => run.id !== built.id);
  const runs = [built, ...others].filter(counts);
  const jobs = await Promise.all(
    runs.map(async ({ id, workflow }) =>
      (await source.jobs(repository, id)).map((job) => ({ ...job, workflow: fileName(workflow) })),
    ),
  );
  const unfinished = runs.filter(({ conclusion }) => conclusion === null).map(({ workflow }) => fileName(workflow));
  return { checks: jobs.flat(), unfinished: [...new Set(unfinished)] };
}
