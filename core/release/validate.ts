import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type RequiredCheck, splitCheck } from '../../contracts/configuration/validation.ts';
import type { CheckConclusion, Evidence } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';
import { complianceChecks } from './compliance.ts';
import { imageChecks } from './image.ts';
import { modelChecks, modelMetrics } from './model.ts';
import { commitPage, imagePage, repositoryPage } from './pages.ts';

/** One validation and how it went. */
export interface ValidationCheck {
  readonly name: string;
  /** `inconclusive`: it is under way. */
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
  /** Where a person can look further. */
  readonly url?: string;
  /** Looked at for people who decide: it refuses nothing and is not waited for. */
  readonly advisory?: true;
  /** It compares the release with what is live, and says something else once another release is. */
  readonly besideLive?: true;
}

export type Validation =
  | { kind: 'passed'; checks: readonly ValidationCheck[] }
  /** Nothing failed. `awaited`: what is under way, as sentences. */
  | { kind: 'waiting'; awaited: readonly string[]; checks: readonly ValidationCheck[] }
  /** `problems`: the reasons of the checks that failed, as sentences. */
  | { kind: 'failed'; problems: readonly string[]; checks: readonly ValidationCheck[] };

/** The rules to which a release is held; how old evidence may be, how long it is waited for, and what was measured, is judged where it is used. */
export type ReleaseRules = Omit<ServiceConfiguration['validation'], 'maxAge' | 'waitFor' | 'performance'>;

/**
 * Judges whether the evidence proves what is required of a release (I3). Evidence that is missing or bad fails at once what requires it,
 * whatever else is under way; that the run succeeded, the commit is on the branch and the image is in the registry is always required. What
 * compares a release with the live one is in `beside-live.ts`.
 *
 * @param others checks of the same release that were made elsewhere, to be judged with these.
 */
export function validateRelease(
  evidence: Evidence,
  rules: ReleaseRules,
  release: Pick<Release, 'model' | 'digest' | 'image' | 'commit'>,
  others: readonly ValidationCheck[] = [],
): Validation {
  const { runUrl } = evidence;
  const commit = commitPage(runUrl, release.commit);
  const checks: readonly ValidationCheck[] = [
    ...runChecks(evidence, commit),
    ...rules.requiredChecks.map((required) => linkedAtLeast(requiredCheck(evidence, required), `${commit}/checks`)),
    ...stagingCheck(evidence, rules),
    ...modelChecks(modelMetrics({ evidence, release }), rules.model).map((one) => linked(one, runUrl)),
    // What the run has named and attested is seen there, what the registry has of it in the registry.
    ...imageChecks(evidence, rules.image, release).map((one) =>
      linked(one, ofTheRegistry.has(one.name) ? (imagePage(release) ?? runUrl) : runUrl),
    ),
    ...complianceChecks(evidence, rules.compliance).map((one) => linkedAtLeast(one, commit)),
    ...others,
  ];
  const sentencesOf = (wanted: ValidationCheck['result']) =>
    checks
      .filter(({ result, advisory }) => result === wanted && advisory !== true)
      .map(({ name, reason }) => `${name}: ${reason}.`);
  const problems = sentencesOf('fail');
  if (problems.length > 0) return { kind: 'failed', problems, checks };
  const awaited = sentencesOf('inconclusive');
  return awaited.length > 0 ? { kind: 'waiting', awaited, checks } : { kind: 'passed', checks };
}

const check = (name: string, fault: string | null, good: string): ValidationCheck =>
  fault === null ? { name, result: 'pass', reason: good } : { name, result: 'fail', reason: fault };

const underWay = (name: string, reason: string): ValidationCheck => ({ name, result: 'inconclusive', reason });

const endedAs = (conclusion: CheckConclusion): string =>
  conclusion === null ? 'has not finished' : `ended as ${conclusion}`;

/** With a link, where GitHub gave one. */
const linked = (one: ValidationCheck, url: string | null | undefined): ValidationCheck => (url ? { ...one, url } : one);

/** With its own link, and otherwise this one. */
const linkedAtLeast = (one: ValidationCheck, url: string): ValidationCheck => linked(one, one.url ?? url);

/** The checks of an image that somebody can see in its registry. */
const ofTheRegistry: ReadonlySet<string> = new Set(['image', 'image scan', 'image signature']);

function runChecks(
  { runConclusion, runUrl, commitOnBranch, inMergeQueue = false }: Evidence,
  commit: string,
): ValidationCheck[] {
  const name = 'CI run';
  const run = runConclusion === 'success' ? null : endedAs(runConclusion);
  const ended = runConclusion === null ? underWay(name, endedAs(null)) : check(name, run, endedAs(runConclusion));
  const onBranch =
    inMergeQueue && !commitOnBranch
      ? underWay('commit', 'its merge queue has not merged it into the branch')
      : check('commit', commitOnBranch ? null : 'is not on the configured branch', 'on the configured branch');
  return [linked(ended, runUrl), linked(onBranch, commit)];
}

/** Every job of that name in the runs of its workflow must be good: a green one does not outvote a red one. */
function requiredCheck(evidence: Evidence, { name, accept }: RequiredCheck): ValidationCheck {
  const { workflow: named, job } = splitCheck(name);
  const workflow = named ?? evidence.workflow;
  const found = evidence.checks.filter((one) => one.workflow === workflow && isJob(one.name, job));
  const isGood = (conclusion: CheckConclusion) =>
    conclusion === 'success' || accept.some((acceptable) => acceptable === conclusion);
  const bad = found.find(({ conclusion }) => conclusion !== null && !isGood(conclusion));
  if (bad) return linked(check(name, endedAs(bad.conclusion), ''), bad.url);
  const running = found.find(({ conclusion }) => conclusion === null);
  if (running) return linked(underWay(name, endedAs(null)), running.url);
  if (evidence.unfinished.includes(workflow))
    return underWay(name, found.length === 0 ? 'has not started' : `${workflow} has not finished`);
  const [first] = found;
  const ended = check(
    name,
    first === undefined ? `did not run in ${workflow}` : null,
    endedAs(first?.conclusion ?? null),
  );
  return linked(ended, first?.url);
}

/** GitHub shows the jobs of a matrix as `test (24, linux)`, and those of a workflow that a job calls as `test / unit`. */
const isJob = (shown: string, name: string): boolean =>
  shown === name || shown.startsWith(`${name} (`) || shown.startsWith(`${name} / `);

const statesUnderWay: ReadonlySet<string> = new Set(['pending', 'queued', 'in_progress', 'waiting']);

function stagingCheck({ staging, runUrl }: Evidence, rules: ReleaseRules): ValidationCheck[] {
  if (rules.staging === null) return [];
  const { environment, createdBy } = rules.staging;
  const name = `deployment to ${environment}`;
  const all = `${repositoryPage(runUrl)}/deployments/${encodeURIComponent(environment)}`;
  if (staging === null)
    return [linked(check(name, `there is none for this commit by ${createdBy.join(' or ')}`, ''), all)];
  const { state } = staging;
  const url = staging.url ?? all;
  if (statesUnderWay.has(state)) return [linked(underWay(name, `its state is ${state}`), url)];
  return [linked(check(name, state === 'success' ? null : `its state is ${state}`, 'it succeeded'), url)];
}
