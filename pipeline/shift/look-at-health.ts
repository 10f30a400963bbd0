import type { CheckResult } from '../../contracts/records/operation.ts';
import { type HealthEvaluation, type HealthState, judgeHealth, unseen } from '../../core/judgement/target-health.ts';
import { livingPods } from '../../core/workload/pod-trouble.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import { timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { seeWorkload } from '../standby/see-workload.ts';
import { neededReplicas } from '../standby/target-readiness.ts';
import { runCheck } from '../standby/verify-health.ts';
import type { MeasuredSide } from './objectives.ts';

/** One look at the target that has `weight` percent of the traffic: its own pods, and each health check once through its preview. */
export async function lookAtHealth(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  { environment }: Pick<MeasuredSide, 'environment'>,
  { weight, state }: { weight: number; state: HealthState | null },
): Promise<{ evaluation: HealthEvaluation; check: CheckResult }> {
  const [{ deployment, pods }, ...probes] = await Promise.all([
    seeWorkload(deps.cluster(service), service, environment),
    ...service.health.checks.map((check) =>
      runCheck(deps, service, environment, { ...check, consecutive: 1 }, operation.id),
    ),
  ]);
  const evaluation = judgeHealth(
    service.health,
    {
      // Without a Deployment nobody's pods are the release's.
      pods: deployment === null ? [] : livingPods(pods, deployment.spec?.selector?.matchLabels ?? {}),
      needed: neededReplicas(operation, service, weight),
      probes: probes.map(({ name, result, reason }) => ({ name, ok: result === 'pass', reason })),
    },
    state ?? unseen,
    deps.now(),
  );
  const { verdict, pending, reasons } = evaluation;
  return {
    evaluation,
    check: {
      name: `health on ${environment}`,
      result: pending.length > 0 ? 'inconclusive' : verdict,
      reason: reasons.join('; '),
      at: timestamp(deps),
    },
  };
}
