import { createClusterAccess } from '../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../adapters/cluster/kubernetes-client.ts';
import type { AwsCredentials } from '../../adapters/shared/aws.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import { type Milliseconds, seconds } from '../../contracts/duration.ts';
import type { Instant } from '../../contracts/instant.ts';
import { awsOptions, type Environment, ownCredentials, systemNow } from './environment.ts';
import { functionLog } from './log.ts';

/** The client of a cluster, by its name: one for all who ask it. */
export type ClusterClients = (clusterName: string) => KubernetesClient;

export interface ClusterClientsOptions {
  /** Of Sluice itself, and of clusters of which nothing else is said. */
  readonly region: string;
  readonly clusters: Configuration['clusters'];
  /** Of EKS. */
  readonly endpoint?: string;
  readonly credentials: AwsCredentials | (() => Promise<AwsCredentials>);
  readonly now: () => Instant;
  /** Budget of one call; 5 s without it. */
  readonly within?: Milliseconds;
}

export function createClusterClients(options: ClusterClientsOptions): ClusterClients {
  const clients = new Map<string, KubernetesClient>();
  return (clusterName) => {
    const known = clients.get(clusterName);
    if (known) return known;
    const said = options.clusters.find(({ name }) => name === clusterName);
    const address = said?.address && {
      endpoint: said.address.endpoint,
      ca: Buffer.from(said.address.certificateAuthority, 'base64').toString('utf8'),
    };
    const access = createClusterAccess({
      ...options,
      region: said?.region ?? options.region,
      clusterName,
      ...(address === undefined ? {} : { address }),
      // EKS answers for the clusters of one's own account only, of which one may have the same name.
      mayAskEks: said?.account === undefined,
    });
    const client = createKubernetesClient(access, {
      within: options.within ?? seconds(5),
      onWarning: (warning) => functionLog({ level: 'warn', message: 'The Kubernetes API warns.', ...warning }),
    });
    clients.set(clusterName, client);
    return client;
  };
}

/** The clusters of a configuration, entered by the identity of a function's environment. */
export const clusterClientsOf = (
  environment: Environment,
  { clusters }: Pick<Configuration, 'clusters'>,
  within?: Milliseconds,
): ClusterClients =>
  createClusterClients({
    ...awsOptions(environment, 'EKS'),
    clusters,
    credentials: ownCredentials(environment),
    now: systemNow,
    ...(within === undefined ? {} : { within }),
  });
