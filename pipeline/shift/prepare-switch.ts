import type { Execution } from '../../contracts/commands.ts';
import { InvalidInput } from '../../contracts/errors.ts';
import { because, reasonOr } from '../../contracts/reason.ts';
import type { ResultOf } from '../../contracts/results.ts';
import { sentence } from '../../contracts/words.ts';
import { decideSwitch } from '../../core/traffic/decide-switch.ts';
import { note, sluice } from '../operation/audited.ts';
import { loadOperation, timestamp } from '../operation/operation-context.ts';
import type { ActDeps } from '../ports.ts';
import { readLive } from '../standby/read-live.ts';
import { readStanding } from '../standby/read-standing.ts';
import { prepareTarget, takeRoute } from './take-route.ts';

/**
 * Claims the route for a switch by hand and decides on it, now that nobody else can move: what the person saw may be of a minute ago.
 * The health checks come next, in `verify-standby`.
 */
export async function prepareSwitch(deps: ActDeps, execution: Execution): Promise<ResultOf<'prepare-switch'>> {
  const context = await loadOperation(deps, execution);
  const { operation, service } = context;
  const { trigger } = operation;
  if (trigger.kind !== 'person' || trigger.wants !== 'traffic') {
    throw new InvalidInput(`Operation ${operation.id} is not a switch of the traffic.`);
  }
  await deps.store.operations.enter(operation.id, 'preparing-standby', timestamp(deps));
  if (operation.abort)
    return { outcome: 'aborted', ending: 'aborted', reason: because('Aborted', operation.abort.reason) };
  await deps.cluster(service).router.read({ purpose: 'rise' });
  const { live, holder } = await takeRoute(deps, context);
  if (operation.origin !== null) {
    // The same task again, after an answer that did not arrive: it was decided, and the traffic may have moved since.
    return { outcome: 'prepared' };
  }
  const cluster = deps.cluster(service);
  const [standing, active] = await Promise.all([
    readStanding(deps.store, cluster, service, trigger.to),
    readLive(cluster, service, trigger.from),
  ]);
  const decision = decideSwitch(trigger, { live: live.weights, standing, failing: null, data: service.data });
  if (decision.kind === 'refuse') {
    const reason = because('SwitchRefused', sentence(`Not switched: ${decision.reason}`));
    await note(deps, { operation: operation.id, action: 'prepare-switch', actor: sluice, reason });
    return { outcome: 'refused', ending: 'failed-validation', reason };
  }
  const { origin } = decision;
  const release = standing === null ? null : standing.reference;
  const running = active === null ? null : { version: active.version, digest: active.digest, environment: origin };
  await deps.store.operations.update(operation.id, { release, live: running });
  const refusal = await prepareTarget(deps, context, { origin, live: live.weights, holder });
  if (refusal === null) return { outcome: 'prepared' };
  const reason = reasonOr('CapacityRefused', `Not switched: ${refusal}`);
  await note(deps, { operation: operation.id, action: 'prepare-switch', actor: sluice, reason });
  return { outcome: 'refused', ending: 'failed-validation', reason };
}
