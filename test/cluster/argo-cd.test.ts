import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Application,
  type ArgoApplications,
  commitOf,
  createArgoApplications,
  foreignPin,
  runningSync,
} from '../../adapters/gitops/argo-application.ts';
import { minutes } from '../../contracts/duration.ts';
import { instant } from '../../contracts/instant.ts';
import { judgeSync, type SyncState } from '../../core/gitops/sync-state.ts';
import { type ClusterWorld, startClusterWorld } from '../contract/adapters/cluster-world.ts';
import { expectRetriedAndTakenOver, refusedManifest } from '../contract/controllers/retried-sync.ts';
import { createNamespace } from '../support/start-kubernetes.ts';
import { patienceMs, until } from '../support/until.ts';
import { type ArgoCd, startArgoCd } from './argo-cd.ts';
import { type GitServer, startGitServer } from './git-server.ts';

/**
 * The real Argo CD with a real Git server: what adapters/gitops does to an Application, and what core/gitops reads of it.
 */
const { SLUICE_TEST_KUBECONFIG: kubeconfig, SLUICE_TEST_ARGO_CD: programs } = process.env;
if (kubeconfig === undefined || programs === undefined)
  throw new Error('This needs a real control plane: npm run test:cluster -- argo-cd');

const namespace = 'production-blue';
const name = 'blue';
const branch = 'env/blue';
const path = `/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/${name}`;
const projectPath = '/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/production';
const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

let folder: string;
let world: ClusterWorld;
let git: GitServer;
let argoCd: ArgoCd;
let applications: ArgoApplications;
let epoch = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-argo-cd-'));
  world = await startClusterWorld();
  applications = createArgoApplications(world.kubernetes);
  git = await startGitServer(folder);
  for (const one of ['argocd', namespace]) await createNamespace(world.admin, one);
  const closed = { kind: 'allow', schedule: '0 0 1 1 *', duration: '1m', applications: ['*'], manualSync: true };
  await world.admin.create('/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'production' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ server: 'https://kubernetes.default.svc', namespace }],
      syncWindows: [closed],
    },
  });
  await world.admin.create('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications', {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: {
      project: 'production',
      source: { repoURL: git.url, targetRevision: 'not-pinned-yet', path: 'chart' },
      destination: { server: 'https://kubernetes.default.svc', namespace },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  });
  argoCd = await startArgoCd(programs, join(folder, 'argo-cd'), await readFile(kubeconfig, 'utf8'));
});
afterAll(async () => {
  await argoCd?.close();
  await git.close();
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const chart = (version: string, more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: small\nversion: 1.0.0\n',
  ...Object.fromEntries(
    Object.entries({ release: version, ...more }).map(([object, value]) => [
      `chart/templates/${object}.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${object} }\ndata: { version: "${value}" }\n`,
    ]),
  ),
});
const version = async (object = 'release'): Promise<string | null> =>
  (await world.admin.get<{ data: { version: string } }>(`${configMaps}/${object}`))?.data.version ?? null;
const read = async (): Promise<Application> => applications.read(name);

/** Pins as Sluice does, and looks by its own rule until that says how it has ended. */
async function pin(revision: string, operation: string): Promise<SyncState> {
  epoch += 1;
  await applications.startSync(name, { operation, revision, epoch });
  return judged(revision, operation);
}

const judged = (revision: string, operation: string): Promise<SyncState> =>
  until(`${operation} has ended`, patienceMs, async () => {
    const wanted = { operation, revision, comparisonGrace: minutes(2), now: instant(Date.now()) };
    const state = judgeSync(await read(), wanted);
    if (state.kind === 'needs-refresh') await applications.refresh(name);
    return state.kind === 'synced' || state.kind === 'failed' ? state : null;
  });

/** Has Argo CD compare, and waits until it has. */
async function refreshed(): Promise<Application> {
  await applications.refresh(name);
  return until('Argo CD has compared', patienceMs, async () => {
    const seen = await read();
    return seen.metadata?.annotations?.['argocd.argoproj.io/refresh'] === undefined ? seen : null;
  });
}

describe('a pinned Application of the real Argo CD', () => {
  it('syncs exactly the pinned commit, also in a closed window, and prunes what the next one drops', async () => {
    const first = await git.commit(branch, chart('v1', { dropped: 'old' }));
    const second = await git.commit(branch, chart('v2'));

    const one = await pin(first, 'op-1');
    const there = [await version(), await version('dropped')];
    const two = await pin(second, 'op-2');

    expect([one, there, two]).toEqual([{ kind: 'synced' }, ['v1', 'old'], { kind: 'synced' }]);
    expect([await version(), await version('dropped')]).toEqual(['v2', null]);
    expect((await read()).status?.history?.map(({ initiatedBy }) => initiatedBy?.username)).toEqual([
      'sluice:op-1',
      'sluice:op-2',
    ]);
    expect(await applications.startSync(name, { operation: 'op-2', revision: second, epoch })).toEqual({
      kind: 'already-started',
    });
  });

  it('promotes nothing that is pushed, in no window and after a refresh', async () => {
    await world.admin.mergePatch(projectPath, {
      spec: { syncWindows: null },
    });
    const before = (await read()).spec.source?.targetRevision;

    await git.commit(branch, chart('pushed'));
    const seen = await refreshed();

    expect(seen.status?.sync).toMatchObject({ status: 'Synced', revision: before });
    expect(await version()).toBe('v2');
  });

  it('is healed of what somebody edits in the cluster, and what was synced is still proven to be Sluice’s', async () => {
    const revision = (await read()).spec.source?.targetRevision ?? '';

    await world.admin.mergePatch(`${configMaps}/release`, { data: { version: 'edited' } });
    await until('it is healed', patienceMs, async () => (await version()) === 'v2');
    const healing = await until('the healing is over', patienceMs, async () => {
      const { status } = await read();
      return status?.operationState?.operation.initiatedBy?.automated && status.operationState.finishedAt
        ? status
        : null;
    });

    expect(healing.operationState?.operation.sync?.revision).toBe(revision);
    expect(await judged(revision, 'op-2')).toEqual({ kind: 'synced' });
  });

  it('tries a sync again that the API server refuses, and one that wants something else takes over', async () => {
    const broken = await git.commit(branch, { ...chart('v3'), 'chart/templates/broken.yaml': refusedManifest });
    const former = (await read()).spec.source?.targetRevision ?? '';
    epoch += 2;

    await expectRetriedAndTakenOver({ applications, application: name, broken, former, epoch: epoch - 1 });

    expect([await version(), runningSync(await read())]).toEqual(['v2', null]);
  });

  it('waits with a sync for a hook until that is terminated', async () => {
    const hook = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'migrate', annotations: { 'argocd.argoproj.io/hook': 'PreSync' } },
    };
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'migrate', image: 'x' }] } } };
    const hooked = await git.commit(branch, {
      ...chart('v4'),
      'chart/templates/hook.yaml': JSON.stringify({ ...hook, spec }),
    });
    epoch += 1;
    await applications.startSync(name, { operation: 'op-5', revision: hooked, epoch });
    await until('the hook runs', patienceMs, async () =>
      (await read()).status?.operationState?.message?.includes('waiting for completion of hook'),
    );

    const told = await applications.terminate(name);
    const ended = await judged(hooked, 'op-5');

    expect(told).toBe('terminating');
    expect(ended).toMatchObject({ kind: 'failed', reason: expect.stringContaining('Operation terminated') });
    expect(await version()).toBe('v2');
  });

  it('goes back to a commit that Argo CD knows while Git is away', async () => {
    const history = (await read()).status?.history ?? [];
    const first = history.find(({ initiatedBy }) => initiatedBy?.username === 'sluice:op-1')?.revision ?? '';
    await git.goAway();

    const back = await pin(first, 'op-6').finally(() => git.comeBack());

    expect(back).toEqual({ kind: 'synced' });
    expect(await version()).toBe('v1');
  });

  it('is not failed by a repository server that restarts in the middle', async () => {
    const last = await git.commit(branch, chart('v5'));
    await argoCd.stopRepoServer();
    epoch += 1;
    await applications.startSync(name, { operation: 'op-7', revision: last, epoch });
    const away = await until('the sync is tried again', patienceMs, async () => {
      const { operationState } = (await read()).status ?? {};
      return (operationState?.retryCount ?? 0) > 0 ? operationState : null;
    });

    await argoCd.startRepoServer();

    expect(away.message).toMatch(/Unavailable|connection refused/);
    expect(await judged(last, 'op-7')).toEqual({ kind: 'synced' });
    expect(await version()).toBe('v5');
  });

  it('that follows a branch names that where Argo CD cannot look it up: it is at what was synced last all the same', async () => {
    const synced = (await read()).spec.source?.targetRevision;
    const unpinned = { metadata: { annotations: { 'sluice.dev/pinned': null } } };
    await world.admin.mergePatch(path, { ...unpinned, spec: { source: { targetRevision: branch } } });
    await argoCd.stopRepoServer();

    const seen = await until('Argo CD cannot compare', patienceMs, async () => {
      const found = await refreshed();
      return found.status?.conditions?.some(({ type }) => type === 'ComparisonError') ? found : null;
    });
    await argoCd.startRepoServer();

    expect(seen.status?.sync).toMatchObject({ status: 'Unknown', revision: branch });
    expect([commitOf(seen), foreignPin(seen)]).toEqual([synced, null]);
    await world.admin.mergePatch(path, { spec: { source: { targetRevision: synced } } });
  });

  it('takes back what the controller has not begun', async () => {
    const unwanted = await git.commit(branch, chart('v6'));
    const before = (await read()).spec.source?.targetRevision ?? '';
    await argoCd.stopController();
    epoch += 1;
    await applications.startSync(name, { operation: 'op-8', revision: unwanted, epoch });

    const told = await applications.terminate(name);
    epoch += 1;
    await applications.startSync(name, { operation: 'op-9', revision: before, epoch });
    await argoCd.startController();

    expect(told).toBe('terminating');
    expect(await judged(before, 'op-9')).toEqual({ kind: 'synced' });
    expect(await version()).toBe('v5');
    const begun = (await read()).status?.history?.map(({ initiatedBy }) => initiatedBy?.username);
    expect(begun).not.toContain('sluice:op-8');
  });

  it('says that a window without manualSync holds a sync back, lets it be ended, and goes on once the window is open', async () => {
    const windows = (syncWindows: object[] | null) => world.admin.mergePatch(projectPath, { spec: { syncWindows } });
    const release = await git.commit(branch, chart('v7'));
    await windows([{ kind: 'allow', schedule: '0 0 1 1 *', duration: '1m', applications: ['*'] }]);
    epoch += 1;
    await applications.startSync(name, { operation: 'op-10', revision: release, epoch });

    const wanted = { operation: 'op-10', revision: release, comparisonGrace: minutes(2) };
    const held = await until('it is held back', patienceMs, async () => {
      const state = judgeSync(await read(), { ...wanted, now: instant(Date.now()) });
      return state.kind === 'syncing' && state.what.includes('blocked') ? state : null;
    });
    await applications.terminate(name);
    const ended = await until('it has ended', patienceMs, async () => {
      const application = await read();
      return runningSync(application) === null ? application : null;
    });
    const meanwhile = await version();
    await windows(null);

    expect(held.what).toMatch(/blocked by sync window.*manualSync: true/);
    expect([ended.status?.operationState?.phase, meanwhile]).toEqual(['Failed', 'v5']);
    expect([await pin(release, 'op-11'), await version()]).toEqual([{ kind: 'synced' }, 'v7']);
  });
});
