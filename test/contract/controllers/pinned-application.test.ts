import { afterAll, beforeAll, expect, it } from 'vitest';
import { createStaticClusterAccess } from '../../../adapters/cluster/cluster-access.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../adapters/cluster/kubernetes-client.ts';
import { type ArgoApplications, createArgoApplications } from '../../../adapters/gitops/argo-application.ts';
import { minutes } from '../../../contracts/duration.ts';
import { instant } from '../../../contracts/instant.ts';
import { judgeSync } from '../../../core/gitops/sync-state.ts';
import type { Application } from '../../../sandbox/kubernetes/controllers/application/application-types.ts';
import type { KubeObject } from '../../../sandbox/kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { type DeployRepository, startDeployRepository } from './deploy-repository.ts';
import { expectRetriedAndTakenOver, refusedManifest } from './retried-sync.ts';
import { startWorld, type World } from './world.ts';

/** What the real Argo CD 3.5.7 did with a pinned Application that heals and prunes, observation by observation. */
const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const place = { namespace: 'argocd', name: 'blue' };
const branch = 'env/pinned';
const chart = (version: string, more: Record<string, string> = {}): Record<string, string> => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: small\nversion: 1.0.0\n',
  ...Object.fromEntries(
    Object.entries({ release: version, ...more }).map(([name, value]) => [
      `chart/templates/${name}.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { version: "${value}" }\n`,
    ]),
  ),
});

let github: DeployRepository;
let world: World;
let kubernetes: KubernetesClient;
let applications: ArgoApplications;
let gitIsAway = false;
let epoch = 0;
beforeAll(async () => {
  github = await startDeployRepository();
  world = await startWorld({ run: ['application'], github, timings: { retryPace: 1 } });
  const { endpoint, caPem, adminToken } = world.kubernetes;
  kubernetes = createKubernetesClient(
    createStaticClusterAccess({ name: 'test', endpoint, ca: caPem, token: adminToken }),
  );
  applications = createArgoApplications(kubernetes);
  const closed = { kind: 'allow', schedule: '0 0 1 1 *', duration: '1m', applications: ['*'], manualSync: true };
  await world.client.create(resources.appProjects, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { namespace: 'argocd', name: 'production' },
    spec: { sourceRepos: ['*'], destinations: [{ namespace: '*' }], syncWindows: [closed] },
  });
  await world.client.create(resources.applications, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: place,
    spec: {
      project: 'production',
      source: {
        repoURL: 'https://github.com/example/chest-xray-mlops-deploy.git',
        targetRevision: 'not-pinned-yet',
        path: 'chart',
      },
      destination: { namespace: 'production-blue' },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  });
});
afterAll(async () => {
  await kubernetes.close();
  await world.close();
  if (!gitIsAway) await github.close();
});

const until = (fits: (application: Application) => boolean) =>
  world.until<Application>(resources.applications, 'argocd/blue', fits);
const version = async (name = 'release'): Promise<unknown> =>
  (
    await world.client.get<KubeObject & { data: { version: string } }>(configMaps, {
      namespace: 'production-blue',
      name,
    })
  ).data.version;
/** Pins as Sluice does, and waits until its own rule says that exactly this sync is done. */
async function pin(revision: string, operation: string): Promise<void> {
  epoch += 1;
  await applications.startSync(place.name, { operation, revision, epoch });
  const wanted = { operation, revision, comparisonGrace: minutes(2), now: instant(Date.now()) };
  await until((application) => judgeSync(application, wanted).kind === 'synced');
}

it('brings exactly the pinned commit, heals to it, promotes nothing that is pushed, and tries again what is refused', async () => {
  const [first, second] = [
    await github.commit(branch, chart('v1', { dropped: 'old' })),
    await github.commit(branch, chart('v2')),
  ];
  const unpinned = await until(({ status }) => status?.conditions?.[0]?.type === 'ComparisonError');

  await pin(first, 'op-1');
  const seen: unknown[] = [await version(), await version('dropped')];
  await pin(second, 'op-2');
  seen.push(await version());

  expect(unpinned.status?.conditions?.[0]?.message).toContain("Unable to resolve 'not-pinned-yet'");
  expect(seen).toEqual(['v1', 'old', 'v2']);
  await expect(version('dropped')).rejects.toMatchObject({ status: 404 });

  await world.client.patch(resources.appProjects, { ...place, name: 'production' }, { spec: { syncWindows: null } });
  await github.commit(branch, chart('foreign'));
  await applications.refresh(place.name);
  const refreshed = await until(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined);
  expect(refreshed.status?.sync).toMatchObject({ status: 'Synced', revision: second });
  expect(await version()).toBe('v2');

  const edit = { data: { version: 'edited' } };
  await world.client.patch(configMaps, { namespace: 'production-blue', name: 'release' }, edit);
  const healed = await until(({ status }) => status?.operationState?.operation.initiatedBy?.automated === true);
  await until(({ status }) => status?.sync?.status === 'Synced' && status.operationState?.phase === 'Succeeded');
  expect(healed.status?.operationState?.operation.sync?.revision).toBe(second);
  expect(await version()).toBe('v2');
  // Self-heal has replaced the state of ours, and the history still proves it: nothing is synced twice.
  expect(await applications.startSync(place.name, { operation: 'op-2', revision: second, epoch })).toEqual({
    kind: 'already-started',
  });

  const broken = await github.commit(branch, { ...chart('v3'), 'chart/templates/broken.yaml': refusedManifest });
  epoch += 2;
  const retried = { applications, application: place.name, broken, former: second, epoch: epoch - 1 };
  await expectRetriedAndTakenOver(retried);
  expect(await version()).toBe('v2');

  gitIsAway = true;
  await github.close();
  await pin(first, 'op-3');
  expect([await version(), await version('dropped')]).toEqual(['v1', 'old']);
  const { status } = await until(() => true);
  const asked = status?.history?.filter(({ initiatedBy }) => initiatedBy.username !== undefined);
  expect(asked?.map(({ revision, initiatedBy }) => [revision, initiatedBy.username])).toEqual([
    [first, 'sluice:op-1'],
    [second, 'sluice:op-2'],
    [second, 'sluice:op-return'],
    [first, 'sluice:op-3'],
  ]);
  expect(world.errors).toEqual([]);
});
