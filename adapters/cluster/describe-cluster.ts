import { DescribeClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { seconds } from '../../contracts/duration.ts';
import { type AwsOptions, awsClientConfig, callAws } from '../shared/aws.ts';
import { refused } from '../shared/dependency-errors.ts';

/** Where a cluster's API is and by whose certificate it is known. */
export interface ClusterAddress {
  readonly endpoint: string;
  /** The cluster's certificate authority, PEM; null where the machine's own authorities know it. */
  readonly ca: string | null;
}

/** Asks EKS where a cluster's API is. Errors: DependencyUnavailable, DependencyRefused; also for a cluster that has no endpoint yet. */
export async function describeCluster(options: AwsOptions & { readonly clusterName: string }): Promise<ClusterAddress> {
  const { clusterName, within = seconds(5) } = options;
  const eks = new EKSClient(awsClientConfig(options));
  const call = { dependency: 'EKS', attempted: `DescribeCluster ${clusterName}`, within, retry: 'safe' } as const;
  const { cluster } = await callAws(call, (abortSignal) =>
    eks.send(new DescribeClusterCommand({ name: clusterName }), { abortSignal }),
  );
  if (!cluster?.endpoint) {
    const reason = `the cluster has no endpoint yet (${cluster?.status ?? 'unknown'})`;
    throw refused({ ...call, status: 200, reason });
  }
  const data = cluster.certificateAuthority?.data;
  return { endpoint: cluster.endpoint, ca: data ? Buffer.from(data, 'base64').toString('utf8') : null };
}
