import type { Resource, Subresource } from './resource-table.ts';

/** The Kubernetes release whose API this server speaks. */
export const serverVersion = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.0+sluice',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Answers of `/api` and `/apis` and below, in both of their forms. Undefined: no such path. */
export function discoveryDocument(path: readonly string[], resources: Resource[], host: string): object | undefined {
  const [root, group, version, extra] = path;
  if (extra !== undefined) return undefined;
  if (root === 'api' && group === undefined) {
    const serverAddressByClientCIDRs = [{ clientCIDR: '0.0.0.0/0', serverAddress: host }];
    return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs };
  }
  if (root === 'api') return version === undefined ? resourceList('', group ?? '', resources) : undefined;
  if (group === undefined) return { kind: 'APIGroupList', apiVersion: 'v1', groups: groupsOf(resources).map(apiGroup) };
  const found = groupsOf(resources).find((candidate) => candidate.group === group);
  if (!found) return undefined;
  if (version === undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(found) };
  return resourceList(group, version, resources);
}

/** The aggregated form, all groups in one answer, which kubectl asks for first. */
export function aggregatedDiscovery(root: 'api' | 'apis', resources: Resource[]): object {
  const groups = groupsOf(resources, root === 'api');
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map(({ group, versions, members }) => ({
      metadata: group ? { name: group, creationTimestamp: null } : { creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        freshness: 'Current',
        resources: members.filter((resource) => resource.versions.includes(version)).map((r) => aggregated(r, version)),
      })),
    })),
  };
}

interface Group {
  group: string;
  versions: string[];
  members: Resource[];
}

function groupsOf(resources: Resource[], core = false): Group[] {
  const groups = new Map<string, Group>();
  for (const resource of resources) {
    if ((resource.group === '') !== core) continue;
    const known = groups.get(resource.group) ?? { group: resource.group, versions: [], members: [] };
    known.members.push(resource);
    known.versions.push(...resource.versions.filter((version) => !known.versions.includes(version)));
    groups.set(resource.group, known);
  }
  return [...groups.values()];
}

function apiGroup({ group, versions }: Group): object {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

function resourceList(group: string, version: string, resources: Resource[]): object | undefined {
  const members = resources.filter((resource) => resource.group === group && resource.versions.includes(version));
  if (members.length === 0) return undefined;
  const entries = members.flatMap((resource) => [
    {
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs,
      ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
      ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    },
    ...resource.subresources.map((name) => ({
      name: `${resource.plural}/${name}`,
      singularName: '',
      namespaced: resource.namespaced,
      ...subresourceKind(resource, name),
      verbs: subresourceVerbs[name],
    })),
  ]);
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group ? `${group}/${version}` : version,
    resources: entries,
  };
}

function aggregated(resource: Resource, version: string): object {
  const { group, plural, singular, kind, namespaced, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0
      ? {
          subresources: subresources.map((name) => ({
            subresource: name,
            responseKind: { group, version, ...subresourceKind(resource, name) },
            verbs: subresourceVerbs[name],
          })),
        }
      : {}),
  };
}

const subresourceVerbs: Readonly<Record<Subresource, readonly string[]>> = {
  status: ['get', 'patch', 'update'],
  scale: ['get', 'patch', 'update'],
  log: ['get'],
  binding: ['create'],
};

function subresourceKind(resource: Resource, name: Subresource): { group?: string; version?: string; kind: string } {
  if (name === 'binding') return { kind: 'Binding' };
  return name === 'scale' ? { group: 'autoscaling', version: 'v1', kind: 'Scale' } : { kind: resource.kind };
}
