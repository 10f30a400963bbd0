import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClusterAccess,
  type ClusterAccessOptions,
  createClusterAccess,
  createStaticClusterAccess,
} from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { type Instant, instant } from '../../../contracts/instant.ts';
import { authenticateEksToken } from '../../../sandbox/aws/authenticate-eks-token.ts';
import { startEks } from '../../../sandbox/aws/start-eks.ts';
import { startKubernetes } from '../../support/start-kubernetes.ts';

const keys = new Map([['AKIAACT', { secretAccessKey: 'act-secret', roleName: 'act', groups: ['system:masters'] }]]);

export interface ClusterWorld {
  /** As the functions enter the cluster: EKS for the address, a signed token. */
  readonly kubernetes: KubernetesClient;
  readonly access: ClusterAccess;
  readonly accessOptions: ClusterAccessOptions;
  /** As an administrator does. */
  readonly admin: KubernetesClient;
  readonly eks: string;
  /** The time for the functions and for EKS; stands still. */
  readonly clock: { now: Instant };
  /** Makes EKS fail from now on. */
  stopEks(): Promise<void>;
  close(): Promise<void>;
}

/** The stand-in of EKS, a Kubernetes API (the stand-in or a real one), and clients of both. */
export async function startClusterWorld(): Promise<ClusterWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-cluster-'));
  const clock = { now: instant(Date.now()) };
  const cluster = await startKubernetes({
    port: 0,
    dataDir,
    authenticate: (token) => {
      const user = authenticateEksToken(token, keys, { cluster: 'production', now: new Date(clock.now) });
      return user === null ? null : { user: user.user, groups: [...user.groups] };
    },
  });
  const eks = await startEks({
    port: 0,
    keys,
    describe: (name) => (name === 'production' ? { endpoint: cluster.endpoint, caPem: cluster.caPem } : undefined),
  });
  const accessOptions = {
    clusterName: 'production',
    region: 'us-east-1',
    endpoint: eks.endpoint,
    credentials: { accessKeyId: 'AKIAACT', secretAccessKey: 'act-secret' },
    now: () => clock.now,
  };
  const access = createClusterAccess(accessOptions);
  const { endpoint, caPem: ca, adminToken: token } = cluster;
  const kubernetes = createKubernetesClient(access);
  const admin = createKubernetesClient(createStaticClusterAccess({ name: 'admin', endpoint, ca, token }));
  let eksIsOpen = true;
  const stopEks = async () => {
    if (eksIsOpen) await eks.close();
    eksIsOpen = false;
  };
  return {
    kubernetes,
    access,
    accessOptions,
    admin,
    eks: eks.endpoint,
    clock,
    stopEks,
    close: async () => {
      await Promise.all([kubernetes.close(), admin.close()]);
      await stopEks();
      await cluster.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
