import { DependencyUnavailable, NotFound } from '../../contracts/errors.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { gatewayState, type StatusOfRoute } from './gateway-status.ts';
import { type ListedRoute, problemsOfOthers, type RoutesByRouter } from './other-routes.ts';
import { collectionPath, routePath } from './route-path.ts';
import { RouteNotOurs, routeLabel, type TrafficRouter, type TrafficRouterOptions } from './traffic-router.ts';

/** A router that looks around before a rise (`purpose: 'rise'`): at every other route object, and at what gateways say of ours. */
export function surveyedRouter(
  kubernetes: KubernetesClient,
  router: TrafficRouter,
  options: TrafficRouterOptions,
): TrafficRouter {
  return {
    async read(asked) {
      if (asked?.purpose !== 'rise') return router.read(asked);
      const [live, own, all] = await Promise.all([
        router.read(asked),
        kubernetes.get<ListedRoute & StatusOfRoute>(routePath(options.router, options.route), callOptions(asked)),
        listRoutes(kubernetes, asked),
      ]);
      refuseUnlessInCharge(options, own, all);
      return live;
    },
    write: router.write,
  };
}

/** Every route object of the cluster. Where a kind is not installed there are none of it. */
async function listRoutes(kubernetes: KubernetesClient, asked: CallOptions): Promise<RoutesByRouter> {
  const list = (router: TrafficRouterOptions['router']) =>
    kubernetes.list<ListedRoute>(collectionPath(router), callOptions(asked));
  const [istio, gateway] = await Promise.all([list('istio'), list('gateway-api')]);
  return { istio, 'gateway-api': gateway };
}

const callOptions = ({ within, signal }: CallOptions): CallOptions => ({
  ...(within === undefined ? {} : { within }),
  ...(signal === undefined ? {} : { signal }),
});

/**
 * @throws RouteNotOurs when something else decides about the service's traffic as well, or a gateway does not follow the route.
 * @throws DependencyUnavailable when a gateway has not answered for the route as it stands now.
 */
function refuseUnlessInCharge(
  { router, route, services }: TrafficRouterOptions,
  own: (ListedRoute & StatusOfRoute) | null,
  all: RoutesByRouter,
): void {
  const label = routeLabel({ router, route });
  if (own === null) throw new NotFound(`${label} does not exist: who routes this service?`);
  const problems = problemsOfOthers({ router, ...route, services, spec: own.spec ?? {} }, all);
  if (problems.length > 0) throw new RouteNotOurs(label, problems.join('; '));
  if (router !== 'gateway-api') return;
  const state = gatewayState(own);
  if (state.kind === 'refused') throw new RouteNotOurs(label, state.problem);
  if (state.kind === 'pending') throw new DependencyUnavailable('route', `${label}: ${state.reason}`);
}
