import { readFile } from 'node:fs/promises';
import { createStaticClusterAccess } from '../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../adapters/cluster/kubernetes-client.ts';
import { clusterOf } from '../../sandbox/kubernetes/controllers/kubeconfig.ts';
import { startRealCluster } from '../../sandbox/kubernetes/real-cluster.ts';
import {
  type KubernetesOptions,
  type KubernetesServer,
  startKubernetes as startStandIn,
} from '../../sandbox/kubernetes/start-kubernetes.ts';
import { patienceMs, until } from './until.ts';

/** Where `npm run test:cluster` says which cluster; in `npm test` there is none. */
const kubeconfig = process.env.SLUICE_TEST_KUBECONFIG;

/** Which of the two worlds this is. For what one of them does not have at all, never for what they do differently. */
export const kubernetesKind: 'stand-in' | 'real' = kubeconfig === undefined ? 'stand-in' : 'real';

/**
 * A Kubernetes API for the tests: the sandbox's stand-in in `npm test`, a real control plane in `npm run test:cluster`. The same bodies run
 * on both. A real one is shared by all tests, one after the other: the namespaces that a test made go with it.
 */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesServer> {
  if (kubeconfig === undefined) return startStandIn(options);
  const server = await startRealCluster({ ...options, cluster: clusterOf(await readFile(kubeconfig, 'utf8')) });
  const { endpoint, caPem: ca, adminToken: token } = server;
  const admin = createKubernetesClient(createStaticClusterAccess({ name: 'real', endpoint, ca, token }));
  const before = new Set(await namespaceNames(admin));
  return {
    ...server,
    close: async () => {
      const made = (await namespaceNames(admin)).filter((name) => !before.has(name));
      await Promise.all(made.map((name) => admin.delete(`/api/v1/namespaces/${name}`)));
      for (const name of made) {
        await until(
          `the namespace ${name} is gone`,
          patienceMs,
          async () => (await admin.get(`/api/v1/namespaces/${name}`)) === null,
          200,
        );
      }
      await admin.close();
      await server.close();
    },
  };
}

/** Creates a namespace, and waits until pods can be created in it. */
export async function createNamespace(admin: KubernetesClient, name: string): Promise<void> {
  await admin.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await until(`${name} has its default ServiceAccount`, patienceMs, () =>
    admin.get<object>(`/api/v1/namespaces/${name}/serviceaccounts/default`),
  );
}

async function namespaceNames(admin: KubernetesClient): Promise<string[]> {
  const namespaces = await admin.list<{ metadata: { name: string } }>('/api/v1/namespaces');
  return namespaces.map(({ metadata }) => metadata.name);
}
