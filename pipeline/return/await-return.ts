import type { Execution } from '../../contracts/commands.ts';
import { seconds } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { lookUntil } from '../shift/look-until.ts';
import { podLabels } from '../standby/target-readiness.ts';

/** Waits until the destination of a return has capacity ready. */
export async function awaitTarget(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'await-target'>> {
  const { operation, service } = await loadOperation(deps, execution);
  const { target } = operation;
  if (target === null) return { outcome: 'failed', reason: 'The rollback has no destination.' };
  const { workloads } = deps.cluster(service);
  const limit = Date.parse(operation.startedAt) + service.deadlines.capacity;
  const answer = await lookUntil(deps, seconds(0.5), async (): Promise<ResultOf<'await-target'> | null> => {
    const deployment = await workloads.readDeployment(service.environments[target].namespace, service.name);
    const ready = deployment?.status?.readyReplicas ?? 0;
    if (ready >= service.replicas.minAvailable) return { outcome: 'ready' };
    if (deps.now() > limit) {
      return {
        outcome: 'failed',
        reason: `${target} has ${ready} of ${service.replicas.minAvailable} replicas ready, and time is over.`,
      };
    }
    return null;
  });
  return answer ?? { outcome: 'waiting' };
}

const LOG_LINES = 20;

/** Collects what the failing side says of itself, while it is still there: pod states, warnings, the last lines of logs. */
export async function diagnose(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'diagnose'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'diagnosing', timestamp(deps));
  await confirmHolder(deps.store, operation);
  if (operation.target === null) return { outcome: 'diagnosed' };
  const failed = otherEnvironment(operation.target);
  const { namespace } = service.environments[failed];
  const { workloads } = deps.cluster(service);
  const [pods, events] = await Promise.all([
    workloads.listPods(namespace, podLabels(service)),
    workloads.listEvents(namespace, instant(Date.parse(operation.startedAt) - 15 * 60_000)),
  ]);
  const notReady = pods.filter((pod) => !pod.status?.containerStatuses?.every(({ ready }) => ready));
  const suspects = (notReady.length > 0 ? notReady : pods).slice(0, 3);
  const logs = await Promise.all(
    suspects.map(async (pod) => {
      const name = pod.metadata?.name ?? '';
      const log = await workloads.tailLogs(namespace, name, LOG_LINES).catch(() => null);
      return `log of ${name}:\n${log ?? '(none)'}`;
    }),
  );
  const diagnosis = [
    `${failed}: ${pods.length - notReady.length} of ${pods.length} pods ready`,
    ...events
      .filter(({ type }) => type === 'Warning')
      .slice(0, 10)
      .map((event) => `${event.object}: ${event.reason}: ${event.message} (${event.count} times)`),
    ...logs,
  ].map((line) => line.slice(0, 4_000));
  await deps.store.operations.update(operation.id, { diagnosis });
  await note(deps, { operation: operation.id, action: 'diagnose', actor: sluice, details: { summary: diagnosis[0] } });
  return { outcome: 'diagnosed' };
}
