import { DependencyUnavailable, NotFound } from '../../contracts/errors.ts';
import type { Weights } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import type { CallOptions } from '../shared/call-dependency.ts';
import { type GatewayState, gatewayState, type StatusOfRoute } from './gateway-status.ts';
import { hostsOf, type ListedRoute, problemsOfOthers, type RoutesByRouter, specOf } from './other-routes.ts';
import { collectionPath, type RouterName, routePath } from './route-path.ts';
import { rulesFollow } from './rules-follow.ts';
import {
  type FencedRouter,
  RouteNotOurs,
  routeLabel,
  type TrafficRouter,
  type TrafficRouterOptions,
} from './traffic-router.ts';

type OwnObject = ListedRoute & StatusOfRoute;

/**
 * A router that looks around before a rise (`purpose: 'rise'`): at every other route object, at what gateways say of ours, and at the rules of
 * the load balancer.
 */
export function surveyedRouter(
  kubernetes: KubernetesClient,
  router: FencedRouter,
  options: TrafficRouterOptions,
): TrafficRouter {
  const readOwn = async (asked: CallOptions = {}): Promise<OwnObject> => {
    const own = await kubernetes.get<OwnObject>(routePath(options.router, options.route), callOptions(asked));
    if (own === null)
      throw new NotFound(`${routeLabel(options)} does not exist. docs/install.md says how to create the route`);
    return own;
  };
  return {
    async read(asked) {
      if (asked?.purpose !== 'rise') return router.read(asked);
      const [live, own, all] = await Promise.all([
        router.read(asked),
        readOwn(asked),
        listRoutes(kubernetes, options.router, asked),
      ]);
      refuseUnlessInCharge(options, own, all);
      refuseUnlessFollowing(options, await loadBalancerState(options, own, live.weights, asked));
      return live;
    },
    write: router.write,
    async lag(asked = {}) {
      if (options.targetGroups == null) return null;
      const [live, own] = await Promise.all([router.read({ ...asked, purpose: 'return' }), readOwn(asked)]);
      const state = await loadBalancerState(options, own, live.weights, asked);
      return state.kind === 'follows' ? null : state.kind === 'pending' ? state.reason : state.problem;
    },
  };
}

/** Every route object of the cluster that could meet ours. Where a kind is not installed there are none of it. */
async function listRoutes(kubernetes: KubernetesClient, own: RouterName, asked: CallOptions): Promise<RoutesByRouter> {
  const list = (router: RouterName) => kubernetes.list<ListedRoute>(collectionPath(router), callOptions(asked));
  const [istio, gateway, alb] = await Promise.all([
    list('istio'),
    list('gateway-api'),
    own === 'alb' ? list('alb') : [],
  ]);
  return { istio, 'gateway-api': gateway, alb };
}

const callOptions = ({ within, signal }: CallOptions): CallOptions => ({
  ...(within === undefined ? {} : { within }),
  ...(signal === undefined ? {} : { signal }),
});

/**
 * @throws RouteNotOurs when something else decides about the service's traffic as well, or a gateway does not follow the route.
 * @throws DependencyUnavailable when a gateway has not answered for the route as it stands now.
 */
function refuseUnlessInCharge(options: TrafficRouterOptions, own: OwnObject, all: RoutesByRouter): void {
  const { router, route, services, targetGroups = null } = options;
  const spec = specOf(router, own);
  const problems = problemsOfOthers({ router, ...route, services, targetGroups, spec }, all);
  if (problems.length > 0) throw new RouteNotOurs(routeLabel(options), problems.join('; '));
  if (router === 'gateway-api') refuseUnlessFollowing(options, gatewayState(own));
}

function refuseUnlessFollowing(options: TrafficRouterOptions, state: GatewayState): void {
  const label = routeLabel(options);
  if (state.kind === 'refused') throw new RouteNotOurs(label, state.problem);
  if (state.kind === 'pending') throw new DependencyUnavailable('route', `${label}: ${state.reason}`);
}

/** What the load balancer's own rules say of these weights; nothing is asked where no target groups are named. */
async function loadBalancerState(
  { router, route, targetGroups = null, listenerRules }: TrafficRouterOptions,
  own: OwnObject,
  weights: Weights,
  asked: CallOptions,
): Promise<GatewayState> {
  if (targetGroups === null) return { kind: 'follows' };
  if (listenerRules === undefined) throw new Error('This function was not given the right to read listener rules.');
  const rules = await listenerRules([targetGroups.blue, targetGroups.green], callOptions(asked));
  const hosts = hostsOf({ router, namespace: route.namespace, spec: specOf(router, own) });
  return rulesFollow(rules, { targetGroups, hosts, weights });
}
