import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, createKubeClient, isNotFound, type KubeClient } from './controllers/kube-client.ts';
import type { KubeObject } from './controllers/objects.ts';
import { nodeName } from './controllers/pod-runner.ts';
import { resources } from './controllers/resources.ts';
import { hasArgoCd } from './own-argo-cd.ts';

/** A cluster on which the sandbox will not work, or not with this data directory. */
export class UnsuitableCluster extends Error {
  override readonly name = 'UnsuitableCluster';
}

/** Namespaces that every cluster has. */
const usual = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

/** Without these kinds nothing can be installed. */
const groups = { 'argoproj.io/v1alpha1': 'Argo CD', 'networking.istio.io/v1': 'Istio' };

const fileOf = (dataDir: string) => join(dataDir, 'kubernetes', 'cluster');

/**
 * Takes a real control plane for the sandbox's own. Whatever is in it is the sandbox's from then on, so it has to be an empty one without
 * nodes on this machine, with or without an Argo CD, or the one that this data directory was used with before.
 *
 * @throws {UnsuitableCluster} with every problem and what to do.
 */
export async function claimCluster(cluster: Cluster, dataDir: string): Promise<void> {
  const client = createKubeClient(cluster);
  try {
    await claim(client, cluster, dataDir);
  } finally {
    client.close();
  }
}

/** @throws {UnsuitableCluster} when the data directory was used with a real control plane, whose objects are not here. */
export async function refuseClaimed(dataDir: string): Promise<void> {
  const claimed = await read(fileOf(dataDir));
  if (claimed === null) return;
  throw new UnsuitableCluster(
    `${dataDir} belongs to a sandbox on a real control plane. Start it with --kubeconfig, or begin anew with --fresh, or pass another --data-dir.`,
  );
}

async function claim(client: KubeClient, { endpoint }: Cluster, dataDir: string): Promise<void> {
  const { hostname } = new URL(endpoint);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) {
    throw new UnsuitableCluster(
      `The cluster of --kubeconfig is at ${endpoint}. The sandbox takes over what it runs on, and its pods listen on loopback: it needs a control plane of its own on this machine. \`npm run control-plane\` starts one.`,
    );
  }
  const { uid } = (await client.get<KubeObject>(resources.namespaces, { name: 'kube-system' })).metadata;
  const claimed = await read(fileOf(dataDir));
  if (claimed !== null && claimed === uid) return;

  const [nodes, namespaces] = await Promise.all([
    client.list<KubeObject>(resources.nodes),
    client.list<KubeObject>(resources.namespaces),
  ]);
  const namesOf = ({ items }: { items: KubeObject[] }) => items.map(({ metadata }) => metadata.name);
  const otherNodes = namesOf(nodes).filter((name) => name !== nodeName);
  // An Argo CD that has nothing to do yet is the cluster's own.
  const isArgoCd =
    (await hasArgoCd(client)) && (await client.list<KubeObject>(resources.applications, 'argocd')).items.length === 0;
  const used = namesOf(namespaces).filter((name) => !usual.has(name) && !(isArgoCd && name === 'argocd'));
  const missing = await missingGroups(client);
  const standIn = await stat(join(dataDir, 'kubernetes', 'objects.journal')).then(
    () => true,
    () => false,
  );
  const problems = [
    ...(claimed !== null || standIn
      ? [`${dataDir} belongs to another cluster: begin anew with --fresh, or pass another --data-dir`]
      : []),
    ...(otherNodes.length > 0
      ? [`it has nodes, on which the sandbox’s pods would not run: ${otherNodes.join(', ')}`]
      : []),
    ...(used.length > 0
      ? [`it has namespaces that the sandbox did not make: ${used.join(', ')}; remove them if they are nobody’s`]
      : []),
    ...(missing.length > 0 ? [`it lacks CustomResourceDefinitions: ${missing.join(', ')}`] : []),
  ];
  if (problems.length > 0) {
    throw new UnsuitableCluster(
      `The sandbox does not start on ${endpoint}:\n${problems.map((problem) => `  ${problem}`).join('\n')}\n\`npm run control-plane\` starts one that it takes.`,
    );
  }
  await mkdir(join(dataDir, 'kubernetes'), { recursive: true, mode: 0o700 });
  await writeFile(fileOf(dataDir), `${uid}\n`);
}

async function missingGroups(client: KubeClient): Promise<string[]> {
  const looked = await Promise.all(
    Object.entries(groups).map(([group, of]) =>
      client.read(`/apis/${group}`).then(
        () => [],
        (error: unknown) => {
          if (isNotFound(error)) return [`${group} (${of})`];
          throw error;
        },
      ),
    ),
  );
  return looked.flat();
}

const read = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );
