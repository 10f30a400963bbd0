import { type Cluster, createKubeClient, isNotFound, type KubeClient } from './controllers/kube-client.ts';
import { resources } from './controllers/resources.ts';

/** Where Argo CD is installed, and the settings that it never runs without. */
const settings = { namespace: 'argocd', name: 'argocd-cm' };

/** Whether a cluster has an Argo CD of its own, beside which the sandbox's stand-in must not run: both would write the same objects. */
export async function hasArgoCd(kubernetes: Pick<KubeClient, 'get'>): Promise<boolean> {
  return kubernetes.get(resources.configMaps, settings).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
}

/** As `hasArgoCd`, of a cluster to which nobody is connected yet. */
export async function runsArgoCd(cluster: Cluster): Promise<boolean> {
  const client = createKubeClient(cluster);
  try {
    return await hasArgoCd(client);
  } finally {
    client.close();
  }
}
