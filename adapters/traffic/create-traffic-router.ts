import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createGatewayRouter } from './gateway-router.ts';
import { createIstioRouter } from './istio-router.ts';
import type { TrafficRouter, TrafficRouterOptions } from './traffic-router.ts';

/** The router that a service is configured with. */
export function createTrafficRouter(kubernetes: KubernetesClient, options: TrafficRouterOptions): TrafficRouter {
  const { router, route, services, now } = options;
  const hostOf = (environment: EnvironmentName) =>
    `${services[environment].name}.${services[environment].namespace}.svc.cluster.local`;
  switch (router) {
    case 'istio':
      return createIstioRouter(kubernetes, { ...route, now, hosts: { blue: hostOf('blue'), green: hostOf('green') } });
    case 'gateway-api':
      return createGatewayRouter(kubernetes, { ...route, now, services });
  }
}
