import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { CheckConclusion, Evidence } from '../../contracts/evidence.ts';
import type { Release } from '../../contracts/release.ts';
import { amountBeside } from '../../contracts/words.ts';
import { imageChecks } from './image.ts';

/** One validation and how it went. */
export interface ValidationCheck {
  readonly name: string;
  /** `inconclusive`: still under way, which does not pass. */
  readonly result: 'pass' | 'fail' | 'inconclusive';
  readonly reason: string;
}

export type Validation =
  | { kind: 'passed'; checks: readonly ValidationCheck[] }
  /** `problems`: the reasons of the checks that failed, as sentences. */
  | { kind: 'failed'; problems: readonly string[]; checks: readonly ValidationCheck[] };

/** The rules to which a release is held; how old evidence may be is judged when it is used. */
export type ReleaseRules = Omit<ServiceConfiguration['validation'], 'maxAge'>;

/**
 * Judges whether the evidence proves what is required of a release (I3). Evidence that is missing fails what requires it; that
 * the run succeeded, the commit is on the branch and the image is in the registry is always required.
 */
export function validateRelease(
  evidence: Evidence,
  rules: ReleaseRules,
  release: Pick<Release, 'model' | 'digest' | 'image' | 'commit'>,
): Validation {
  const checks = [
    ...runChecks(evidence),
    ...rules.requiredChecks.map((name) => requiredCheck(evidence, name)),
    ...stagingCheck(evidence, rules),
    ...Object.entries(rules.model).map(([metric, bounds]) =>
      modelCheck(release.model ?? evidence.model, metric, bounds),
    ),
    ...imageChecks(evidence, rules.image, release),
  ];
  const problems = checks.filter(({ result }) => result !== 'pass').map(({ name, reason }) => `${name}: ${reason}.`);
  return problems.length > 0 ? { kind: 'failed', problems, checks } : { kind: 'passed', checks };
}

const check = (name: string, fault: string | null, good: string): ValidationCheck =>
  fault === null ? { name, result: 'pass', reason: good } : { name, result: 'fail', reason: fault };

const endedAs = (conclusion: CheckConclusion): string =>
  conclusion === null ? 'has not finished' : `ended as ${conclusion}`;

function runChecks({ runConclusion, commitOnBranch }: Evidence): ValidationCheck[] {
  const run = runConclusion === 'success' ? null : endedAs(runConclusion);
  return [
    check('CI run', run, endedAs(runConclusion)),
    check('commit', commitOnBranch ? null : 'is not on the configured branch', 'on the configured branch'),
  ];
}

function requiredCheck({ checks }: Evidence, name: string): ValidationCheck {
  const found = checks.filter((one) => one.name === name);
  const bad = found.find(({ conclusion }) => conclusion !== 'success');
  if (bad) return check(name, endedAs(bad.conclusion), '');
  return check(name, found.length === 0 ? 'did not run' : null, endedAs('success'));
}

function stagingCheck({ staging }: Evidence, rules: ReleaseRules): ValidationCheck[] {
  if (rules.staging === null) return [];
  const name = `deployment to ${rules.staging}`;
  if (staging === null) return [check(name, 'there is none of this commit', '')];
  return [check(name, staging.state === 'success' ? null : `its state is ${staging.state}`, 'it succeeded')];
}

function modelCheck(
  model: Release['model'],
  metric: string,
  bounds: { min?: number | undefined; max?: number | undefined },
) {
  const value = model?.metrics[metric];
  const name = `model ${metric}`;
  if (value === undefined || !Number.isFinite(value)) return check(name, 'was not measured', '');
  const { min, max } = bounds;
  if (min !== undefined && value < min) return check(name, `${amountBeside(value, min)} is below ${min}`, '');
  if (max !== undefined && value > max) return check(name, `${amountBeside(value, max)} is above ${max}`, '');
  const limits = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])];
  return check(name, null, [amountBeside(value, min ?? max ?? value), ...limits].join(', '));
}
