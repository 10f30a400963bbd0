import type { Execution } from '../../contracts/commands.ts';
import { seconds } from '../../contracts/duration.ts';
import { allOn } from '../../contracts/names.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { checkWords } from '../../contracts/words.ts';
import { failedAfter } from '../../core/judgement/post-deployment.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { mergeChecks } from '../standby/merge-checks.ts';
import { targetReadiness } from '../standby/target-readiness.ts';
import { runCheck } from '../standby/verify-health.ts';
import { afterFailure } from './failed-step.ts';
import { lookAfter } from './look-after.ts';
import { lookUntil } from './look-until.ts';
import { routeDrift } from './route-drift.ts';

/**
 * After the bake: the weights read back, the release and its capacity still there, its health checks still good. Then, of a deployment, what
 * `postDeployment` asks for besides, once: only a failure for which `return` is configured sends the traffic back.
 */
export async function postValidate(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'post-validate'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'validating-result', timestamp(deps));
  const { target } = operation;
  if (target === null) return { outcome: 'failed', reason: because('StateMissing', 'The operation has no target.') };
  const cluster = deps.cluster(service);
  const answer = await lookUntil(deps, seconds(1), async (): Promise<ResultOf<'post-validate'> | null> => {
    const { operation: current } = await loadOperation(deps, execution);
    await confirmHolder(deps.store, current);
    if (current.abort) return { outcome: 'aborted', reason: because('Aborted', current.abort.reason) };
    const drift = await routeDrift(deps, { operation: current, service }, allOn(target));
    if (drift !== null) return drift;
    const readiness = await targetReadiness(cluster, service, current, service.replicas.minAvailable);
    const results = await Promise.all(
      service.health.checks.map((check) => runCheck(deps, service, target, check, operation.id)),
    );
    await deps.store.operations.update(operation.id, { checks: mergeChecks(current.checks, results) });
    const failing = results.filter(({ result }) => result === 'fail').map(({ name, reason }) => `${name}: ${reason}`);
    if (readiness.kind !== 'ready') failing.push(readiness.reason);
    if (failing.length === 0) {
      const isChanged = current.desired !== null && current.desired.weight !== 100;
      if (isChanged) return { outcome: 'changed' };
      return current.kind === 'deployment' ? lookAround(deps, execution) : { outcome: 'passed' };
    }
    if (deps.now() - Date.parse(current.stateSince) > service.health.deadline) {
      const reason = because('UnhealthyAfterBake', failing.join('; '));
      return afterFailure(deps, { operation: current, service }, { reason, originFailed: false });
    }
    return null;
  });
  return answer ?? { outcome: 'checking' };
}

async function lookAround(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'post-validate'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const found = await lookAfter(deps, { operation, service });
  if (found.length === 0) return { outcome: 'passed' };
  const { operation: current } = await loadOperation(deps, execution);
  await deps.store.operations.update(operation.id, { checks: mergeChecks(current.checks, found) });
  const good = found.filter(({ result }) => result === 'pass').length;
  const others = found.filter(({ result }) => result !== 'pass').map((check) => `${check.name} ${checkWords(check)}`);
  await note(deps, {
    operation: operation.id,
    action: 'post-validate',
    actor: sluice,
    reason: [`${good} of ${found.length} checks after the bake passed`, ...others].join('; '),
  });
  const decisive = failedAfter({ checks: found }).filter(({ onFailure }) => onFailure === 'return');
  if (decisive.length === 0) return { outcome: 'passed' };
  const reason = because('PostDeploymentFailed', decisive.map(({ name, reason: why }) => `${name}: ${why}`).join('; '));
  return afterFailure(deps, { operation: current, service }, { reason, originFailed: false });
}
