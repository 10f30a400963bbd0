import { RouteNotOurs } from '../../adapters/traffic/traffic-router.ts';
import { NotFound, StaleHolder } from '../../contracts/errors.ts';
import type { Weights } from '../../contracts/names.ts';
import { because, type Reason } from '../../contracts/reason.ts';
import { weightWords } from '../../contracts/words.ts';
import { sameWeights } from '../../core/traffic/weights.ts';
import type { OperationContext } from '../operation/operation-context.ts';
import type { ObserveDeps } from '../ports.ts';
import { routerFor } from './fenced-route.ts';
import { noteDrift } from './note-drift.ts';

export interface Drifted {
  outcome: 'drift';
  cause: 'drift';
  reason: Reason;
}

/**
 * Reads the route and says whether somebody else has written it since (rule 8): other weights, no fence any more, no route at all. Each is
 * recorded, and ends the operation: a return goes over it, and freezes the service when the fence was lost (DESIGN §5, the fence).
 *
 * @throws {StaleHolder} when a later holder has written it, which is no drift (I12).
 */
export async function routeDrift(
  deps: ObserveDeps,
  { operation, service }: OperationContext,
  expected: Weights,
): Promise<Drifted | null> {
  const drifted = async (what: string, after: unknown, reason: Reason): Promise<Drifted> => {
    const before = what === 'fence' ? { epoch: operation.epoch, operation: operation.id, weights: expected } : expected;
    await noteDrift(deps, { operation: operation.id, what, before, after, reason });
    return { outcome: 'drift', cause: 'drift', reason };
  };
  const route = await routerFor(deps.cluster(service), operation)
    .read()
    .catch((error: unknown) => {
      if (error instanceof NotFound) return null;
      if (error instanceof RouteNotOurs) return error;
      throw error;
    });
  if (route instanceof RouteNotOurs)
    return drifted('route', null, because('RouteNotOurs', `${route.route}: ${route.problem}.`));
  if (route === null)
    return drifted('route', null, because('RouteGone', 'The route object is gone: somebody else has deleted it.'));
  const { fence, weights } = route;
  if (fence === null) {
    const after = { fence: route.damaged, weights };
    return drifted(
      'fence',
      after,
      because('FenceLost', 'The fence annotation of the route is gone: somebody else has written it.'),
    );
  }
  if (operation.epoch !== null && fence.epoch > operation.epoch) {
    // A return that had to do without the database: the lock does not know it yet, and it is no drift (rule 6).
    throw new StaleHolder(`Operation ${fence.operation} returned the traffic (epoch ${fence.epoch}).`, fence.epoch);
  }
  if (sameWeights(weights, expected)) return null;
  const reason = `Somebody else changed the weights to ${weightWords(weights)}; ${weightWords(expected)} is what Sluice last wrote.`;
  return drifted('weights', weights, because('WeightsDrifted', reason));
}
