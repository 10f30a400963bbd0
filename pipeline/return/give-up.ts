import type { LiveRoute } from '../../adapters/traffic/traffic-router.ts';
import type { Execution } from '../../contracts/commands.ts';
import { StaleHolder, WriteConflict } from '../../contracts/errors.ts';
import { type EnvironmentName, otherEnvironment } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { decideTakeOver } from '../../core/traffic/take-over.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { audited, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ReturnTrafficDeps } from '../ports.ts';
import { isFenceLost, noteFenceLost } from '../shift/fence-lost.ts';

/** A planned rollback failed on its way: the traffic goes where it was, and there it stays (I7). */
export async function giveUp(
  deps: ReturnTrafficDeps,
  { execution, reason }: { execution: Execution; reason: string },
): Promise<ResultOf<'give-up'>> {
  const context = await loadOperation(deps, execution);
  return moveAll(deps, context, reason, ({ weights, fence }) => {
    const back = context.operation.origin ?? soleEnvironment(weights) ?? fence?.origin ?? null;
    return decideOnce(deps, context.operation, reason, back);
  });
}

/**
 * A return went to a side that proved worse than the bad one which it left: everything goes there once more, within the same rollback, and the
 * service freezes (I2's exception, I7). The state machine comes here once.
 */
export async function giveWay(
  deps: ReturnTrafficDeps,
  { execution, environment, reason }: { execution: Execution; environment: EnvironmentName; reason: string },
): Promise<ResultOf<'give-way'>> {
  return moveAll(deps, await loadOperation(deps, execution), reason, async (_, { id }) => {
    // The machine says where to, each time the same, and the operation is returning traffic already.
    await deps.store.operations.update(id, toward(environment, reason));
    await deps.store.operations.enter(id, 'returning-traffic', timestamp(deps));
    return environment;
  });
}

async function moveAll(
  deps: ReturnTrafficDeps,
  { operation, service }: OperationContext,
  reason: string,
  choose: (live: LiveRoute, operation: OperationRecord) => Promise<EnvironmentName | null>,
): Promise<ResultOf<'give-up' | 'give-way'>> {
  const holder = await confirmHolder(deps.store, operation);
  const { router } = deps.cluster(service);
  const live = await router.read({ purpose: 'return' });
  if (isFenceLost(live, holder)) await noteFenceLost(deps, operation.id, live);
  const destination = await choose(live, operation);
  if (destination === null) return { outcome: 'lost', ending: 'failed' };
  const decision = decideTakeOver(live, { ...holder, destination });
  if (decision.kind === 'already-written') return { outcome: 'nothing-to-return', ending: 'failed' };
  if (decision.kind === 'stale-holder') {
    const what = `The route carries epoch ${decision.epoch}; this operation has ${holder.epoch}: another one took over.`;
    throw new StaleHolder(what, decision.epoch);
  }
  const { fence, moves } = decision;
  const intent = { operation: operation.id, action: 'return-traffic', actor: sluice, reason };
  const written = await audited(deps, { ...intent, before: live.weights, wanted: fence.weights }, () =>
    router.write({ weights: fence.weights, fence, resourceVersion: live.resourceVersion }, { purpose: 'return' }),
  );
  if (written.kind === 'conflict') throw new WriteConflict('The route changed while the traffic was being returned.');
  await deps.store.operations.update(operation.id, { weights: fence.weights });
  return { outcome: moves === 'traffic' ? 'returned' : 'nothing-to-return', ending: 'failed' };
}

/**
 * The destination of who gives up, which a repetition must not decide anew: by then the record says that the traffic comes from the other
 * side (I10).
 */
async function decideOnce(
  deps: ReturnTrafficDeps,
  { id }: { id: string },
  reason: string,
  chosen: EnvironmentName | null,
): Promise<EnvironmentName | null> {
  if (chosen === null) return null;
  const entered = await deps.store.operations.enter(id, 'returning-traffic', timestamp(deps), toward(chosen, reason));
  return entered === 'entered' ? chosen : ((await deps.store.operations.read(id))?.target ?? null);
}

const toward = (target: EnvironmentName, reason: string) => ({ target, origin: otherEnvironment(target), reason });
