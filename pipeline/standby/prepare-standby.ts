import type { Execution } from '../../contracts/commands.ts';
import { because } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { soleEnvironment } from '../../core/traffic/weights.ts';
import { whyNotDeployable } from '../approval/confirm-approval.ts';
import { showOnGitHub } from '../notice/show-on-github.ts';
import { note, sluice } from '../operation/audited.ts';
import { confirmHolder } from '../operation/holder.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { prepareTarget, takeRoute } from '../shift/take-route.ts';
import { readLive } from './read-live.ts';

/**
 * Claims the route (weights untouched), learns from it which environment is the standby (rule 8), and gets that one ready. It is the first task
 * with an effect: what nobody approved ends before it (I13).
 */
export async function prepareStandby(deps: ActDeps, execution: Execution): Promise<ResultOf<'prepare-standby'>> {
  const context = await loadOperation(deps, execution);
  const { operation } = context;
  await deps.store.operations.enter(operation.id, 'preparing-standby', timestamp(deps));
  await confirmHolder(deps.store, operation);
  if (operation.abort) return { outcome: 'aborted', reason: because('Aborted', operation.abort.reason) };
  const refused = await whyNotDeployable(deps, context.service, operation);
  if (refused !== null) {
    await note(deps, { operation: operation.id, action: 'claim-route', actor: sluice, reason: refused });
    return { outcome: 'not-approved', cause: 'drift', reason: because('NotApproved', refused) };
  }
  const { live, holder } = await takeRoute(deps, context);
  const { weights } = live;
  const origin = soleEnvironment(weights);
  if (origin === null) {
    return {
      outcome: 'mixed-weights',
      reason: because(
        'TrafficSplit',
        `The traffic is split ${weights.blue}:${weights.green} before this deployment began; return it to one side first.`,
      ),
    };
  }
  if (operation.kind === 'rollback') {
    // Others may have deployed since it was planned: what it leaves is what runs there now.
    const left = await readLive(deps.cluster(context.service), context.service, origin);
    const known = left === null ? null : { version: left.version, digest: left.digest, environment: origin };
    await deps.store.operations.update(operation.id, { live: known });
  }
  const [refusal] = await Promise.all([
    prepareTarget(deps, context, { origin, live: weights, holder }),
    showOnGitHub(deps, { ...context, operation: { ...operation, state: 'preparing-standby' } }),
  ]);
  return refusal === null ? { outcome: 'prepared' } : { outcome: 'no-capacity', cause: 'fault', reason: refusal };
}
