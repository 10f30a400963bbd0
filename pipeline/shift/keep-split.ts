import type { Execution } from '../../contracts/commands.ts';
import { milliseconds } from '../../contracts/duration.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { timeWords } from '../../contracts/words.ts';
import { percentOn } from '../../core/traffic/weights.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, type OperationContext, timestamp } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { judgeLook } from './judging.ts';
import { readJudging } from './judging-state.ts';
import { lookUntil } from './look-until.ts';

/**
 * Keeps a split that a person asked for, judged all the while, until it is changed, sent back or at its deadline (rule 5). All the
 * traffic on the target is no split: judged for an interval and the bake, it stays.
 */
export async function keepSplit(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'keep-split'>> {
  const { operation, service } = await loadOperation(deps, execution);
  await deps.store.operations.enter(operation.id, 'keeping-split', timestamp(deps));
  const answer = await lookUntil(deps, service.objectives.every, () => look(deps, execution));
  return answer ?? { outcome: 'keeping' };
}

async function look(deps: ObserveDeps, execution: Execution): Promise<ResultOf<'keep-split'> | null> {
  const context: OperationContext = await loadOperation(deps, execution);
  const { operation, service } = context;
  const { target, desired, weights } = operation;
  await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
  if (target === null || desired === null || weights === null) {
    return {
      outcome: 'failed',
      reason: because('StateMissing', 'The operation has no target: PrepareSwitch has not run.'),
    };
  }
  if (desired.weight === 0)
    return { outcome: 'sent-back', reason: because('SentBack', `${desired.actor}: ${desired.reason}`) };
  if (desired.weight !== weights[target]) return { outcome: 'changed' };
  const isSplit = desired.weight < 100;
  if (isSplit && deps.now() >= Date.parse(desired.until)) {
    return {
      outcome: 'expired',
      cause: 'expired',
      reason: because(
        'SplitEnded',
        `The split ended as planned: it was to last until ${timeWords(desired.until)}, and nobody extended it.`,
      ),
    };
  }
  const judged = await judgeLook(deps, context, {
    part: 'step',
    during: milliseconds(service.traffic.interval + service.bake),
    weights: percentOn(target, desired.weight),
    since: readJudging(operation, deps.now()).since,
  });
  if (judged === null || judged.outcome === 'judging') return null;
  return judged.outcome === 'passed' && isSplit ? null : judged;
}
