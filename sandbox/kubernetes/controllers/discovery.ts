import type { KubeClient } from './kube-client.ts';
import type { ResourceType } from './resources.ts';

/** Finds how the API server names a kind in its paths. */
export interface Discovery {
  /** @throws Error when the server does not know the kind. */
  find(apiVersion: string, kind: string): Promise<ResourceType>;
}

interface ResourceList {
  resources: { name: string; kind: string; namespaced: boolean }[];
}

/** Asks the server once for each group and version, and again when a kind is missing: it may have come since. */
export function createDiscovery(client: KubeClient): Discovery {
  const lists = new Map<string, Promise<ResourceList>>();
  const listOf = (apiVersion: string, again: 'again' | 'cached'): Promise<ResourceList> => {
    const known = lists.get(apiVersion);
    if (known !== undefined && again === 'cached') return known;
    const list = client.read<ResourceList>(apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);
    lists.set(apiVersion, list);
    list.catch(() => lists.delete(apiVersion));
    return list;
  };
  return {
    async find(apiVersion, kind) {
      const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      for (const again of ['cached', 'again'] as const) {
        const { resources } = await listOf(apiVersion, again);
        const found = resources.find((one) => one.kind === kind && !one.name.includes('/'));
        if (found === undefined) continue;
        return { group: group ?? '', version: version ?? '', kind, plural: found.name, namespaced: found.namespaced };
      }
      throw new Error(`the server does not know ${kind} in ${apiVersion}`);
    },
  };
}
