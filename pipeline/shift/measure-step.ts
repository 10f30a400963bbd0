import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { formatInstant } from '../../contracts/instant.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import type { CheckResult } from '../../contracts/records/operation.ts';
import { type DryRunState, judgeDryRun, undecided } from '../../core/judgement/dry-run.ts';
import { type Evaluation, type JudgementState, type Observed, withoutCertainty } from '../../core/judgement/judge.ts';
import type { ObserveDeps } from '../ports.ts';
import { type ComparedStep, compareWithOrigin } from './compare-with-origin.ts';
import { evaluate, lookAtAnswers, type MeasuredSide } from './objectives.ts';

export interface StepToMeasure extends ComparedStep {
  /** The judgement of the target so far. */
  readonly state: JudgementState | null;
  /** The same of what only runs dry. */
  readonly dryRun: DryRunState | null;
  /** Whether the step may end now, for which its comparisons have to be certain. */
  readonly mayEnd: boolean;
}

/** What one look at the metrics of a target has found. */
export interface StepMeasured {
  readonly evaluation: Evaluation;
  /** The fast path; null where it is off. */
  readonly answers: CheckResult | null;
  /** Why it is certainly worse than the origin; empty when it is not. */
  readonly worse: readonly string[];
  /** What is to be remembered of what only runs dry; null where there is nothing of that kind. Of what it says, only people are told. */
  readonly dryRun: DryRunState | null;
  readonly observed: Observed;
  readonly checks: readonly CheckResult[];
}

/** Every objective on the target, whether its answers fail grossly, and whether they are certainly worse than the origin's. */
export async function measureStep(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  step: StepToMeasure,
): Promise<StepMeasured> {
  const [{ evaluation, answers, checks, observed }, compared] = await Promise.all([
    measure(deps, service, step.target, step.state),
    compareWithOrigin(deps, service, step),
  ]);
  const dry = lookDry(deps, service, step, observed);
  const uncertain = step.mayEnd
    ? compared.filter(({ comparison, mustBeGood }) => mustBeGood && comparison !== 'good')
    : [];
  return {
    evaluation: withoutCertainty(
      evaluation,
      uncertain.map(({ check }) => check.reason),
      step.state,
      deps.now(),
    ),
    answers,
    worse: compared.filter(({ comparison }) => comparison === 'worse').map(({ check }) => check.reason),
    dryRun: dry?.state ?? null,
    observed,
    checks: [...checks, ...compared.map(({ check }) => check), ...(dry === null ? [] : [dry.check])],
  };
}

/** What the objectives that only run dry would have done, and how people see it. Null where there are none. */
function lookDry(
  deps: Pick<ObserveDeps, 'now'>,
  service: ServiceConfiguration,
  { target, dryRun }: StepToMeasure,
  observed: Observed,
): { readonly state: DryRunState; readonly check: CheckResult } | null {
  const { dryRun: list, minSamples } = service.objectives;
  if (list.length === 0) return null;
  const { state, verdict, reason } = judgeDryRun({ list, minSamples }, observed, dryRun ?? undecided, deps.now());
  const name = `dry run on ${target.environment}`;
  return { state, check: { name, result: verdict, reason, at: formatInstant(deps.now()), advisory: true } };
}

/** The objectives of an environment and, beside them, whether its answers fail grossly. */
export async function measure(
  deps: Pick<ObserveDeps, 'metrics' | 'now'>,
  service: ServiceConfiguration,
  side: MeasuredSide,
  state: JudgementState | null,
) {
  const [{ evaluation, check, observed }, answers] = await Promise.all([
    evaluate(deps, service, side, state),
    lookAtAnswers(deps, service, side),
  ]);
  return { evaluation, observed, answers, checks: answers === null ? [check] : [check, answers] };
}

/**
 * Why a release goes back whatever the interval of its step; null when nothing of that kind is known of it.
 *
 * @param unhealthy what its pods and health checks have against it.
 */
export function whyAtOnce(
  { evaluation, answers, worse }: Pick<StepMeasured, 'evaluation' | 'answers' | 'worse'>,
  unhealthy: readonly string[] = [],
): Reason | null {
  const isGross = answers?.result === 'fail';
  if (!isGross && worse.length === 0 && unhealthy.length === 0) return null;
  const told = [
    ...(isGross ? [answers.reason] : []),
    ...worse,
    ...unhealthy,
    ...(evaluation.verdict === 'fail' ? evaluation.reasons : []),
  ].join('; ');
  return because(isGross ? 'AnswersFailing' : worse.length > 0 ? 'WorseThanOrigin' : 'Unhealthy', told);
}
