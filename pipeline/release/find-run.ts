import type { WorkflowRun } from '../../adapters/source/source-control.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { Release } from '../../contracts/release.ts';
import type { DeploymentTrigger, WorkflowRunTrigger } from '../../contracts/trigger.ts';
import { bare, isCommitId, versionProblem } from '../../contracts/version.ts';
import { deployedBranchWords } from '../../core/triggers/deployed-branches.ts';
import { judgeRun } from '../../core/triggers/workflow-run.ts';
import type { ReleaseDeps } from '../ports.ts';

/** The CI run of a release as GitHub has it. One that counts may still be under way: then it has no conclusion. */
export type FoundRun =
  | { kind: 'found'; run: WorkflowRun }
  | { kind: 'refused'; run: WorkflowRun | null; reason: Reason };

type Deps = Pick<ReleaseDeps, 'source'>;

/** Finds the run that a trigger is about, and judges it by what GitHub says of it, whatever the trigger says. */
export function findRun(deps: Deps, service: ServiceConfiguration, trigger: DeploymentTrigger): Promise<FoundRun> {
  return trigger.kind === 'workflow-run'
    ? findDelivered(deps, service, trigger)
    : findRunOfVersion(deps, service, trigger.version);
}

async function findDelivered(
  { source }: Deps,
  { repository, trigger: wanted }: ServiceConfiguration,
  { runId, runAttempt, commit }: WorkflowRunTrigger,
): Promise<FoundRun> {
  // The newest attempt: a later one that failed is not hidden by an earlier one that did not.
  const run = await source.workflowRun(repository, runId);
  const refused = (why: string): FoundRun => ({ kind: 'refused', run, reason: because('ReleaseUnknown', why) });
  if (run === null) return refused(`${repository} has no workflow run ${runId}.`);
  if (run.attempt < runAttempt) return refused(`Run ${runId} of ${repository} has no attempt ${runAttempt}.`);
  if (run.commit !== commit) return refused(`Run ${runId} built commit ${run.commit}, not ${commit} as delivered.`);
  const judged = judgeRun(wanted, run);
  if (judged.kind === 'refused') return refused(`Run ${runId} of ${repository} does not count: ${judged.reason}.`);
  return { kind: 'found', run };
}

/** The commit that a version names: a tag, or with `versions: any` a commit itself. Null when there is none. */
export async function commitOfVersion(
  { source }: Deps,
  { repository, versions }: Pick<ServiceConfiguration, 'repository' | 'versions'>,
  version: string,
): Promise<string | null> {
  const tagged = await source.taggedCommit(repository, version);
  if (tagged !== null || versions !== 'any' || !isCommitId(version)) return tagged;
  const found = await source.commit(repository, version);
  // A branch may have a name of such digits.
  return found?.sha.startsWith(version) ? found.sha : null;
}

/** Finds the run that built a version. */
export async function findRunOfVersion(deps: Deps, service: ServiceConfiguration, version: string): Promise<FoundRun> {
  const { source } = deps;
  const { repository, trigger } = service;
  const refused = (why: string): FoundRun => ({ kind: 'refused', run: null, reason: because('ReleaseUnknown', why) });
  const commit = await commitOfVersion(deps, service, version);
  if (commit === null) {
    // Tags begin with a `v` or do not, and people write the other.
    const other = version.startsWith('v') ? version.slice(1) : `v${version}`;
    const isThere = (await source.taggedCommit(repository, other)) !== null;
    const nor = service.versions === 'any' ? ', and no such commit' : '';
    return refused(`${repository} has no tag ${version}${nor}${isThere ? `, but it has ${other}: deploy that` : ''}.`);
  }
  const runs = (await source.runsOfCommit(repository, commit)).filter(({ workflow }) => workflow === trigger.workflow);
  const judged = runs.map((run) => ({ run, judgement: judgeRun(trigger, run) }));
  const found =
    judged.find(({ judgement }) => judgement.kind === 'counts') ??
    judged.find(({ judgement }) => judgement.kind === 'under-way');
  if (found !== undefined) return { kind: 'found', run: found.run };
  const reasons = judged.flatMap(({ run, judgement }) =>
    judgement.kind === 'refused' ? [`; run ${run.id}: ${judgement.reason}`] : [],
  );
  return refused(
    `No successful run of ${trigger.workflow} on ${deployedBranchWords(trigger)} built ${version} (commit ${commit})${reasons[0] ?? ''}.`,
  );
}

/** Why a version that somebody names is none of the service's, as a sentence; null when it is written as they are. */
export function unwrittenVersion(
  { name, versions }: Pick<ServiceConfiguration, 'name' | 'versions'>,
  version: string,
): string | null {
  const problem = versionProblem(versions, version);
  return problem === null ? null : `Version ${version} ${problem}, as ${name} writes them (versions of sluice.yaml).`;
}

/**
 * Why what a run has built is not what is wanted: not the version that a person named, or none as the service writes them. Null when it is.
 *
 * @param wanted null when nobody named one.
 */
export function versionRefusal(
  { versions }: Pick<ServiceConfiguration, 'versions'>,
  wanted: string | null,
  { version, commit, runId }: Pick<Release, 'version' | 'commit' | 'runId'>,
): Reason | null {
  const problem = versionProblem(versions, version);
  if (problem !== null) {
    const why = `Run ${runId} built version ${version} by its release.json, which ${problem} (versions of sluice.yaml).`;
    return because('ReleaseUnknown', why);
  }
  const names = (one: string) => versions === 'any' && isCommitId(one) && commit.startsWith(one);
  if (wanted === null || bare(wanted) === bare(version) || (names(wanted) && names(version))) return null;
  const what = names(wanted) ? 'Commit' : 'Tag';
  return because('ReleaseUnknown', `${what} ${wanted} is of commit ${commit}, whose run ${runId} built ${version}.`);
}
