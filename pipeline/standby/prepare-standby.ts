import type { Execution } from '../../contracts/commands.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { prepareTarget, takeRoute } from '../shift/take-route.ts';

/** Claims the route (weights untouched), learns from it which environment is the standby (rule 8), and gets that one ready. */
export async function prepareStandby(deps: ActDeps, execution: Execution) {
  const context = await loadOperation(deps, execution);
  const { operation } = context;
  await deps.store.operations.enter(operation.id, 'preparing-standby', timestamp(deps));
  if (operation.abort) return { outcome: 'aborted' as const, reason: operation.abort.reason };
  const { live, fence, holder } = await takeRoute(deps, context);
  const { weights } = live;
  const origin = soleEnvironment(weights);
  if (origin === null) {
    return {
      outcome: 'mixed-weights' as const,
      reason: `The traffic is split ${weights.blue}:${weights.green} before this deployment began; return it to one side first.`,
    };
  }
  await prepareTarget(deps, context, { origin, live: weights, holder });
  return { outcome: 'prepared' as const, seq: fence.seq };
}
