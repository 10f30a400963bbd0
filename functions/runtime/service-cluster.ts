import { createAccessReviews } from '../../adapters/cluster/access-reviews.ts';
import { createWorkloads } from '../../adapters/cluster/workloads.ts';
import { applicationPath, createArgoApplications } from '../../adapters/gitops/argo-application.ts';
import { createTrafficRouter } from '../../adapters/traffic/create-traffic-router.ts';
import type { ListenerRules } from '../../adapters/traffic/listener-rules.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import type { Instant } from '../../contracts/instant.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import type { ServiceCluster } from '../../pipeline/ports.ts';
import type { ClusterClients } from './cluster-clients.ts';
import { readOnlyCluster } from './read-only-cluster.ts';

export interface ServiceClustersOptions {
  readonly clientOf: ClusterClients;
  readonly now: () => Instant;
  /** Where the Applications live. */
  readonly argocdNamespace: string;
  /** Of functions that raise weights, verify them, or plan that. */
  readonly listenerRules?: ListenerRules;
}

/**
 * Gives the cluster of a service, the same one each time: its router writes on top of what it has read, without reading it again.
 * Connections and tokens are shared by the services of one cluster.
 */
export function createServiceClusters(
  options: ServiceClustersOptions,
): (service: ServiceConfiguration) => ServiceCluster {
  const known = new Map<ServiceConfiguration, ServiceCluster>();
  return (service) => {
    const before = known.get(service);
    if (before) return before;
    const kubernetes = options.clientOf(service.cluster);
    const argocd = options.clientOf(service.argocd.cluster);
    const serviceIn = (environment: EnvironmentName) => ({
      namespace: service.environments[environment].namespace,
      name: service.environments[environment].backend,
    });
    const whole: ServiceCluster = {
      router: createTrafficRouter(kubernetes, {
        router: service.traffic.router,
        route: service.traffic.route,
        services: { blue: serviceIn('blue'), green: serviceIn('green') },
        targetGroups: service.traffic.targetGroups,
        rules: service.traffic.rules,
        ...(options.listenerRules === undefined ? {} : { listenerRules: options.listenerRules }),
        now: options.now,
      }),
      workloads: createWorkloads(kubernetes, {
        autoscaler: service.autoscaler,
        usualReplicas: service.replicas.min,
        applicationOf: (namespace) => applicationPath(options.argocdNamespace, applicationIn(service, namespace)),
        argocd,
      }),
      applications: createArgoApplications(argocd, { namespace: options.argocdNamespace }),
      accessReviews: createAccessReviews(kubernetes, argocd),
    };
    const cluster = service.mode === 'observe' ? readOnlyCluster(whole, service.name) : whole;
    known.set(service, cluster);
    return cluster;
  };
}

function applicationIn({ environments }: ServiceConfiguration, namespace: string): string {
  const environment = environmentNames.find((name) => environments[name].namespace === namespace);
  if (environment === undefined) throw new NotFound(`no environment is in namespace ${namespace}`);
  return environments[environment].application;
}
