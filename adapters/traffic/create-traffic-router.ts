import { InvalidInput } from '../../contracts/errors.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createAlbRouter } from './alb-router.ts';
import { createGatewayRouter } from './gateway-router.ts';
import { createIstioRouter } from './istio-router.ts';
import { targetsFor } from './other-routes.ts';
import { surveyedRouter } from './surveyed-router.ts';
import type { FencedRouter, TrafficRouter, TrafficRouterOptions } from './traffic-router.ts';

/** The router that a service is configured with. */
export function createTrafficRouter(kubernetes: KubernetesClient, options: TrafficRouterOptions): TrafficRouter {
  return surveyedRouter(kubernetes, fencedRouter(kubernetes, options), options);
}

function fencedRouter(kubernetes: KubernetesClient, options: TrafficRouterOptions): FencedRouter {
  const { router, route, services, targetGroups = null, rules = null, now } = options;
  switch (router) {
    case 'istio':
      return createIstioRouter(kubernetes, { ...route, rules, now, hosts: targetsFor('istio', { services }) });
    case 'gateway-api':
      return createGatewayRouter(kubernetes, { ...route, rules, now, services });
    case 'alb':
      if (targetGroups === null)
        throw new InvalidInput('router: alb needs traffic.targetGroups, the ARN of each side.');
      return createAlbRouter(kubernetes, { ...route, now, services, targetGroups });
  }
}
