import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimCluster, refuseClaimed } from '../../../sandbox/kubernetes/claim-cluster.ts';
import { startWorld, type World } from './support.ts';

let world: World;
let dataDir: string;
beforeEach(async () => {
  world = await startWorld();
  dataDir = await mkdtemp(join(tmpdir(), 'sluice-claim-'));
});
afterEach(async () => {
  await world.close();
  await rm(dataDir, { recursive: true, force: true });
});

const clusterOf = ({ server: { endpoint, caPem: ca, adminToken: token } }: World) => ({ endpoint, ca, token });
const create = (plural: string, kind: string, name: string) =>
  world.call('POST', `/api/v1/${plural}`, { body: { apiVersion: 'v1', kind, metadata: { name } } });

describe('a control plane that the sandbox is to run on', () => {
  it('is taken when it is empty, and by the same data directory again whatever is in it by then', async () => {
    await claimCluster(clusterOf(world), dataDir);
    await create('namespaces', 'Namespace', 'production-blue');

    await claimCluster(clusterOf(world), dataDir);

    await expect(refuseClaimed(dataDir)).rejects.toThrow(/belongs to a sandbox on a real control plane.*--kubeconfig/);
  });

  it('is not taken when it is somebody’s: every reason is named, and nothing is kept', async () => {
    await create('namespaces', 'Namespace', 'payments');
    await create('nodes', 'Node', 'worker-1');

    const claim = claimCluster(clusterOf(world), dataDir);

    await expect(claim).rejects.toThrow(/worker-1/);
    await expect(claim).rejects.toThrow(/payments/);
    await refuseClaimed(dataDir);
  });

  it('is taken with an Argo CD of its own, as long as that has nothing to do', async () => {
    await create('namespaces', 'Namespace', 'argocd');
    await expect(claimCluster(clusterOf(world), dataDir)).rejects.toThrow(/argocd/);
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' } };
    await world.call('POST', '/api/v1/namespaces/argocd/configmaps', { body: settings });
    const spec = { project: 'default', source: { repoURL: 'x' }, destination: {} };
    const application = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Application', metadata: { name: 'theirs' }, spec };
    const applications = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
    await world.call('POST', applications, { body: application });
    await expect(claimCluster(clusterOf(world), dataDir)).rejects.toThrow(/argocd/);

    await world.call('DELETE', `${applications}/theirs`);

    await claimCluster(clusterOf(world), dataDir);
  });

  it('is not taken with a data directory that was used with another one', async () => {
    await claimCluster(clusterOf(world), dataDir);
    const other = await startWorld();

    await expect(claimCluster(clusterOf(other), dataDir)).rejects.toThrow(/belongs to another cluster.*--fresh/);
    await other.close();
  });

  it('is not taken when it is not on this machine, without asking it anything', async () => {
    const elsewhere = { endpoint: 'https://kubernetes.example.com' };

    await expect(claimCluster(elsewhere, dataDir)).rejects.toThrow(/kubernetes\.example\.com.*on this machine/);
  });
});
