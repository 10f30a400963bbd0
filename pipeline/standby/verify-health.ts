import type { Execution } from '../../contracts/commands.ts';
import type { HealthCheck } from '../../contracts/configuration/health.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { CheckResult } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { lookUntil } from '../shift/look-until.ts';
import { mergeChecks } from './merge-checks.ts';
import { targetReadiness } from './target-readiness.ts';

/** Runs every health check against the standby's own address until all pass, or the deadline has passed (I2). */
export async function verifyStandby(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'verify-standby'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'verifying-standby', timestamp(deps));
  const { target } = operation;
  if (target === null) return { outcome: 'failed', reason: because('StateMissing', 'The operation has no target.') };
  const passed = new Map<string, CheckResult>();

  const answer = await lookUntil(deps, service.health.every, async (): Promise<ResultOf<'verify-standby'> | null> => {
    const { operation: current } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, current);
    if (current.abort) return { outcome: 'aborted', reason: because('Aborted', current.abort.reason) };
    const readiness = await targetReadiness(deps.cluster(service), service, current, 1);
    if (readiness.kind === 'failed') return { outcome: 'failed', reason: because('RolloutFailed', readiness.reason) };
    const results = await Promise.all(
      service.health.checks.map(
        async (check) => passed.get(check.name) ?? runCheck(deps, service, target, check, operation.id),
      ),
    );
    for (const result of results) if (result.result === 'pass') passed.set(result.name, result);
    await deps.store.operations.update(operation.id, { checks: mergeChecks(current.checks, results) });
    const failing = results.filter(({ result }) => result === 'fail');
    if (failing.length === 0 && readiness.kind === 'ready') return { outcome: 'passed' };
    if (deps.now() - Date.parse(current.stateSince) > service.health.deadline) {
      const reason = failing.map((check) => `${check.name}: ${check.reason}`).join('; ') || readinessReason(readiness);
      return { outcome: 'failed', reason: because('StandbyUnhealthy', `${target} did not become healthy: ${reason}`) };
    }
    return null;
  });
  if (answer === null) return { outcome: 'checking' };
  await note(deps, {
    operation: operation.id,
    action: 'verify-standby',
    actor: sluice,
    ...('reason' in answer ? { reason: answer.reason } : { reason: 'Every health check passed.' }),
  });
  return answer;
}

const readinessReason = (readiness: Awaited<ReturnType<typeof targetReadiness>>) =>
  readiness.kind === 'ready' ? 'unknown' : readiness.reason;

/** One check: as many good answers in a row as it asks for. */
export async function runCheck(
  deps: Pick<ObserveDeps, 'prober' | 'now' | 'pause'>,
  service: ServiceConfiguration,
  environment: EnvironmentName,
  check: HealthCheck,
  operation: string,
): Promise<CheckResult> {
  const { preview } = service.environments[environment];
  for (let good = 0; good < check.consecutive; good++) {
    if (good > 0) await deps.pause(service.health.every);
    const probed = await deps.prober.probe(preview, check, { operation });
    if (!probed.ok) return { name: check.name, result: 'fail', reason: probed.reason, at: timestamp(deps) };
  }
  const times = check.consecutive === 1 ? '' : `, ${check.consecutive} times in a row`;
  return {
    name: check.name,
    result: 'pass',
    reason: `${check.method} ${check.path} answered ${check.status}${times}`,
    at: timestamp(deps),
  };
}
