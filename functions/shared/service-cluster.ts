import { type ClusterAccess, createClusterAccess } from '../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../adapters/cluster/kubernetes-client.ts';
import { createWorkloads, type Workloads } from '../../adapters/cluster/workloads.ts';
import { type ArgoApplications, createArgoApplications } from '../../adapters/gitops/argo-application.ts';
import type { AwsCredentials } from '../../adapters/shared/aws.ts';
import { createTrafficRouter } from '../../adapters/traffic/create-traffic-router.ts';
import type { TrafficRouter } from '../../adapters/traffic/traffic-router.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';

/** The cluster of one service, by capability. */
export interface ServiceCluster {
  readonly router: TrafficRouter;
  readonly workloads: Workloads;
  readonly applications: ArgoApplications;
}

export interface ClusterOptions {
  /** Of Sluice itself, and of clusters of which nothing else is said. */
  readonly region: string;
  readonly clusters: Configuration['clusters'];
  readonly endpoint?: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly now: () => Instant;
  /** Where the Applications live. */
  readonly argocdNamespace: string;
  /** Budget of one call; 5 s without it. */
  readonly within?: Milliseconds;
}

/** Gives the cluster of a service; connections and tokens are shared by the services of one cluster. */
export function createServiceClusters(options: ClusterOptions): (service: ServiceConfiguration) => ServiceCluster {
  const clients = new Map<string, KubernetesClient>();
  const clientOf = (clusterName: string): KubernetesClient => {
    const known = clients.get(clusterName);
    if (known) return known;
    const region = options.clusters.find(({ name }) => name === clusterName)?.region ?? options.region;
    const access: ClusterAccess = createClusterAccess({ ...options, region, clusterName });
    const client = createKubernetesClient(access, { within: options.within ?? seconds(5) });
    clients.set(clusterName, client);
    return client;
  };
  return (service) => {
    const kubernetes = clientOf(service.cluster);
    const serviceIn = (environment: EnvironmentName) => ({
      namespace: service.environments[environment].namespace,
      name: service.name,
    });
    return {
      router: createTrafficRouter(kubernetes, {
        router: service.traffic.router,
        route: service.traffic.route,
        services: { blue: serviceIn('blue'), green: serviceIn('green') },
        now: options.now,
      }),
      workloads: createWorkloads(kubernetes),
      applications: createArgoApplications(kubernetes, { namespace: options.argocdNamespace }),
    };
  };
}
