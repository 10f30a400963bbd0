import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createGatewayRouter } from './gateway-router.ts';
import { createIstioRouter } from './istio-router.ts';
import type { TrafficRouter } from './traffic-router.ts';

export interface TrafficRouterOptions {
  /** `traffic.router` of the configuration. */
  readonly router: 'istio' | 'gateway-api';
  /** `traffic.route` of the configuration. */
  readonly route: { readonly namespace: string; readonly name: string };
  /** The Service of each environment. */
  readonly services: Readonly<Record<EnvironmentName, { readonly namespace: string; readonly name: string }>>;
  /** Stamps what is written. */
  readonly now: () => Instant;
}

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
