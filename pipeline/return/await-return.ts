import type { Execution } from '../../contracts/commands.ts';
import { seconds } from '../../contracts/duration.ts';
import { instant, parseInstant } from '../../contracts/instant.ts';
import { otherEnvironment } from '../../contracts/names.ts';
import { because, withMore } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { durationWords, weightWords } from '../../contracts/words.ts';
import { mayGiveWay } from '../../core/rollback/destination.ts';
import { sideAtDeadline } from '../../core/rollback/overdue-target.ts';
import { needsOfReturn, usualReplicas } from '../../core/rollback/return-needs.ts';
import { timeLeft } from '../../core/rollback/time-left.ts';
import { containersToRead } from '../../core/workload/containers-to-read.ts';
import { readyForWeight } from '../../core/workload/ready-for-weight.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { lookUntil } from '../shift/look-until.ts';
import { podLabels, seeWorkload } from '../standby/see-workload.ts';
import { abortOf } from './abort-of.ts';
import { firstTrigger } from './first-trigger.ts';
import { withinDeadline } from './within-deadline.ts';

const every = seconds(0.5);

/**
 * Waits until the destination of a return is ready for all the traffic, by the rule that `ReturnTraffic` goes by, and until the rollback's
 * deadline at most (I11).
 */
export async function awaitTarget(
  deps: ObserveDeps,
  execution: Execution,
  waitedBefore: number,
): Promise<ResultOf<'await-target'>> {
  let looks = 0;
  const waited = () => waitedBefore + Math.ceil((looks * every) / 1_000);
  const { service = null } = execution;
  const answer = await withinDeadline(deps, { execution, service, waited: waitedBefore }, () =>
    lookUntil(deps, every, async () => {
      const answered = await lookAtTarget(deps, await loadOperation(deps, execution), waited());
      looks += 1;
      return answered;
    }),
  );
  return answer ?? { outcome: 'waiting', waited: waited() };
}

async function lookAtTarget(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  waited: number,
): Promise<ResultOf<'await-target'> | null> {
  const { target: destination, release, startedAt } = operation;
  await confirmHolder(deps.store, operation);
  if (destination === null)
    return { outcome: 'failed', reason: because('DestinationUnknown', 'The rollback has no destination.') };
  const aborted = abortOf(operation);
  if (aborted !== null) return { outcome: 'aborted', reason: aborted };
  const cluster = deps.cluster(service);
  const [live, seen] = await Promise.all([
    cluster.router.read({ purpose: 'return' }),
    seeWorkload(cluster, service, destination),
  ]);
  const there = readyForWeight(seen, needsOfReturn({ live, destination, release, bounds: service.replicas }));
  const { rollback: deadline } = service.deadlines;
  const time = timeLeft({ startedAt: parseInstant(startedAt), now: deps.now(), waited, deadline });
  if (time.kind === 'left') return there.kind === 'ready' ? { outcome: 'ready', waited } : null;

  const why = there.kind === 'ready' ? 'it is ready only now' : there.reason;
  const told =
    `The traffic could not go back to ${destination} within ${durationWords(deadline)} (deadlines.rollback): ${why}; ` +
    `the traffic is at ${weightWords(live.weights)}`;
  const reason = because('ReturnLate', told);
  const other = await seeWorkload(cluster, service, otherEnvironment(destination));
  const here = readyForWeight(other, { digest: null, needed: usualReplicas(service.replicas) });
  const { weights } = live;
  const trigger = await firstTrigger(deps.store, operation);
  const side = sideAtDeadline({ destination, weights, there, here, mayGiveWay: mayGiveWay(trigger, service) });
  return side === null
    ? { outcome: 'failed', reason }
    : {
        outcome: 'both-bad',
        environment: side,
        reason: withMore(reason, `; ${side} gets all of it, since it can take it`),
      };
}

const LOG_LINES = 20;
const LOGS = 6;

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
    suspects
      .flatMap((pod) => containersToRead(pod).map((container) => ({ name: pod.metadata?.name ?? '', container })))
      .slice(0, LOGS)
      .map(async ({ name, container }) => {
        const log = await workloads
          .tailLogs(namespace, name, LOG_LINES, { container })
          .catch((error: unknown) => `(not available: ${error instanceof Error ? error.message : error})`);
        return `log of ${name}, container ${container}:\n${log ?? '(none)'}`;
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
