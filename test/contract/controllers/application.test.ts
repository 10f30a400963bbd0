import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Application, Operation } from '../../../sandbox/kubernetes/controllers/application/application-types.ts';
import type { KubeObject } from '../../../sandbox/kubernetes/controllers/objects.ts';
import { type ResourceType, resources } from '../../../sandbox/kubernetes/controllers/resources.ts';
import { type DeployRepository, startDeployRepository } from './deploy-repository.ts';
import { startWorld, type World } from './world.ts';

const configMaps: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const options = ['CreateNamespace=true', 'RespectIgnoreDifferences=true'];
const repoURL = 'https://github.com/example/chest-xray-mlops-deploy.git';

/** A chart of one ConfigMap for each entry, and an autoscaler. */
const chart = (maps: Record<string, string>, minReplicas = 1): Record<string, string> => ({
  'chart/Chart.yaml': 'apiVersion: v2\nname: small\nversion: 1.0.0\n',
  'chart/templates/autoscaler.yaml': `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: small }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: small }
  minReplicas: ${minReplicas}
  maxReplicas: 9
`,
  ...Object.fromEntries(
    Object.entries(maps).map(([name, value]) => [
      `chart/templates/${name}.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: "${value}" }\n`,
    ]),
  ),
});

describe('Argo CD’s application controller', () => {
  let github: DeployRepository;
  let world: World;
  const at = (name: string) => ({ namespace: 'argocd', name });
  const patch = (name: string, change: object) =>
    world.client.patch<Application>(resources.applications, at(name), change);
  const until = (name: string, fits: (application: Application) => boolean) =>
    world.until<Application>(resources.applications, `argocd/${name}`, fits);
  const value = async (name: string, map: string): Promise<unknown> =>
    (await world.client.get<KubeObject>(configMaps, { namespace: `ns-${name}`, name: map })).data;

  const create = async (name: string, spec: Partial<Application['spec']> = {}): Promise<Application> => {
    await world.client.create(resources.applications, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: at(name),
      spec: {
        project: 'default',
        source: { repoURL, path: 'chart', targetRevision: `env/${name}` },
        destination: { namespace: `ns-${name}` },
        ignoreDifferences: [
          { group: 'autoscaling', kind: 'HorizontalPodAutoscaler', jsonPointers: ['/spec/minReplicas'] },
        ],
        ...spec,
      },
    });
    return until(name, ({ status }) => status?.reconciledAt !== undefined);
  };
  /** Asks for a sync as Sluice does, and waits for the end of this very one. */
  const sync = async (name: string, id: string, wanted: Operation['sync']): Promise<Application> => {
    await patch(name, { operation: { info: [{ name: 'id', value: id }], sync: { syncOptions: options, ...wanted } } });
    return until(name, ({ status }) => {
      const state = status?.operationState;
      return state?.operation.info?.[0]?.value === id && state.finishedAt !== undefined;
    });
  };
  const refresh = async (name: string): Promise<Application> => {
    const asked = await patch(name, { metadata: { annotations: { 'argocd.argoproj.io/refresh': 'normal' } } });
    return until(
      name,
      ({ metadata }) =>
        Number(metadata.resourceVersion) > Number(asked.metadata.resourceVersion) &&
        metadata.annotations?.['argocd.argoproj.io/refresh'] === undefined,
    );
  };

  beforeAll(async () => {
    github = await startDeployRepository();
    world = await startWorld({ run: ['kubelet', 'workloads', 'application'], github });
  });
  afterAll(async () => {
    await world.close();
    await github.close();
  });

  it('carries the real chart into an environment and tells of it with Argo CD’s own fields', async () => {
    for (const file of ['projects/production', 'applications/production-blue']) {
      const object: KubeObject = parse(await readFile(`argocd/${file}.yaml`, 'utf8'));
      const type = file.startsWith('p') ? resources.appProjects : resources.applications;
      // Argo CD's own schemas prune what they do not know.
      expect(await world.client.create<KubeObject>(type, object)).toMatchObject({ spec: object.spec });
    }
    const name = 'chest-xray-mlops-prod-blue';
    const revision = await github.head('env/blue');
    await patch(name, { spec: { source: { targetRevision: revision } } });

    const ended = await sync(name, 'op-1', { revision, prune: true });
    const healthy = await until(
      name,
      ({ status }) => status?.health?.status === 'Healthy' && status.sync?.status === 'Synced',
    );

    expect(ended.operation).toBeUndefined();
    expect(ended.status?.operationState).toMatchObject({
      phase: 'Succeeded',
      message: 'successfully synced (all tasks run)',
      operation: { info: [{ name: 'id', value: 'op-1' }], sync: { revision } },
      syncResult: { revision },
    });
    expect(ended.status?.history?.at(-1)).toMatchObject({ id: 0, revision });
    expect(healthy.status?.sync?.revision).toBe(revision);
    expect((healthy.status?.reconciledAt ?? '') >= (healthy.status?.operationState?.finishedAt ?? '')).toBe(true);
    const namespace = await world.client.get<KubeObject>(resources.namespaces, { name: 'production-blue' });
    expect(namespace.metadata.labels).toMatchObject({
      'istio-injection': 'enabled',
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    expect(healthy.status?.summary?.images?.[0]).toMatch(/chest-xray-mlops@sha256:[0-9a-f]{64}$/);
  });

  it('shows a new commit as a difference and changes nothing by itself (I3)', async () => {
    const first = await github.commit('env/one', chart({ settings: 'old' }));
    await create('one');
    await sync('one', 'a', { revision: first });
    const second = await github.commit('env/one', chart({ settings: 'new' }));

    const seen = await refresh('one');

    expect(seen.status?.sync).toMatchObject({ status: 'OutOfSync', revision: second });
    expect(seen.status?.resources?.find(({ kind }) => kind === 'ConfigMap')?.status).toBe('OutOfSync');
    expect(await value('one', 'settings')).toEqual({ value: 'old' });
  });

  it('syncs to exactly the commit that was asked for, also when the branch is ahead', async () => {
    const wanted = await github.commit('env/two', chart({ settings: 'wanted' }));
    const ahead = await github.commit('env/two', chart({ settings: 'ahead' }));
    await create('two');

    const ended = await sync('two', 'a', { revision: wanted });
    const compared = await until('two', ({ status }) => status?.sync?.revision === ahead);

    expect(ended.status?.operationState?.syncResult?.revision).toBe(wanted);
    expect(await value('two', 'settings')).toEqual({ value: 'wanted' });
    expect(compared.status?.sync?.status).toBe('OutOfSync');
  });

  it('keeps an ignored field only when the operation itself says so', async () => {
    const first = await github.commit('env/three', chart({}, 1));
    await create('three');
    await sync('three', 'a', { revision: first });
    const place = { namespace: 'ns-three', name: 'small' };
    await world.client.patch(resources.autoscalers, place, { spec: { minReplicas: 5 } });
    const minimum = async (): Promise<unknown> =>
      (await world.client.get<{ spec: { minReplicas: number } }>(resources.autoscalers, place)).spec.minReplicas;

    const seen = await refresh('three');
    await sync('three', 'b', { revision: first });
    const respected = await minimum();
    await sync('three', 'c', { revision: first, syncOptions: [] });
    const disregarded = await minimum();

    expect(seen.status?.sync?.status).toBe('Synced');
    expect([respected, disregarded]).toEqual([5, 1]);
  });

  it('removes what is no longer in the branch only when it is told to prune', async () => {
    await github.commit('env/four', chart({ kept: '1', dropped: '1' }));
    await create('four');
    await sync('four', 'a', {});
    await github.commit('env/four', chart({ kept: '1' }));

    const unpruned = await sync('four', 'b', {});
    const different = await until('four', ({ status }) => status?.sync?.status === 'OutOfSync');
    const pruned = await sync('four', 'c', { prune: true });
    await until('four', ({ status }) => status?.sync?.status === 'Synced');

    const results = (application: Application): unknown =>
      application.status?.operationState?.syncResult?.resources.find(({ name }) => name === 'dropped')?.status;
    expect([results(unpruned), results(pruned)]).toEqual(['PruneSkipped', 'Pruned']);
    expect(different.status?.resources?.find(({ name }) => name === 'dropped')?.requiresPruning).toBe(true);
    await expect(value('four', 'dropped')).rejects.toMatchObject({ status: 404 });
  });

  it('heals drift by itself only when the policy says so', async () => {
    await github.commit('env/five', chart({ settings: 'right' }));
    await create('five');
    await sync('five', 'a', {});
    const place = { namespace: 'ns-five', name: 'settings' };
    const spoil = () => world.client.patch(configMaps, place, { data: { value: 'wrong' } });

    await spoil();
    await until('five', ({ status }) => status?.sync?.status === 'OutOfSync');
    const unhealed = await value('five', 'settings');
    await patch('five', { spec: { syncPolicy: { automated: { selfHeal: true } } } });
    const healed = await until('five', ({ status }) => status?.sync?.status === 'Synced');

    expect(unhealed).toEqual({ value: 'wrong' });
    expect(await value('five', 'settings')).toEqual({ value: 'right' });
    expect(healed.status?.operationState?.operation.initiatedBy).toEqual({ automated: true });
  });

  it('begins no automated sync outside of the project’s windows, and lets one through that was asked for', async () => {
    const old = await github.commit('env/closed', chart({ settings: 'old' }));
    const closed = {
      kind: 'deny',
      schedule: '0 0 1 * *',
      duration: '744h',
      namespaces: ['ns-closed'],
      manualSync: true,
    };
    await world.client.create(resources.appProjects, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AppProject',
      metadata: at('windows'),
      spec: { sourceRepos: ['*'], destinations: [{ namespace: '*' }], syncWindows: [closed] },
    });
    const spec = { project: 'windows', syncPolicy: { automated: { selfHeal: true }, syncOptions: options } };
    await create('closed', spec);
    await sync('closed', 'a', { revision: old });

    const ahead = await github.commit('env/closed', chart({ settings: 'new' }));
    const seen = await refresh('closed');
    await github.commit('env/open', chart({ settings: 'any' }));
    await create('open', spec);
    await until('open', ({ status }) => status?.operationState?.phase === 'Succeeded');
    const later = await until('closed', () => true);
    const synced = await sync('closed', 'b', { revision: ahead });

    expect(seen.status?.sync).toMatchObject({ status: 'OutOfSync', revision: ahead });
    expect(later.operation).toBeUndefined();
    expect(later.status?.operationState?.operation.info).toEqual([{ name: 'id', value: 'a' }]);
    expect(synced.status?.operationState?.phase).toBe('Succeeded');
  });

  it('a chart that cannot be rendered is a ComparisonError, and a sync to it an Error', async () => {
    const broken = {
      ...chart({}),
      'chart/templates/broken.yaml': '{{ required "image.digest is missing" .Values.digest }}',
    };
    const revision = await github.commit('env/six', broken);
    const seen = await create('six');

    const ended = await sync('six', 'a', { revision });

    expect(seen.status?.sync?.status).toBe('Unknown');
    expect(seen.status?.conditions).toMatchObject([
      { type: 'ComparisonError', message: expect.stringContaining('image.digest is missing') },
    ]);
    expect(ended.status?.operationState).toMatchObject({
      phase: 'Error',
      message: expect.stringContaining('image.digest is missing'),
    });
  });

  it('a project that is not there is an InvalidSpecError', async () => {
    const seen = await create('seven', { project: 'nowhere' });

    expect(seen.status?.conditions).toMatchObject([{ type: 'InvalidSpecError' }]);
    expect(seen.status?.health?.status).toBe('Unknown');
  });

  it('an object that the API server refuses fails the sync, with its reason', async () => {
    await github.commit('env/eight', chart({}, 20));
    await create('eight');

    const ended = await sync('eight', 'a', {});

    expect(ended.status?.operationState?.phase).toBe('Failed');
    expect(ended.status?.operationState?.message).toMatch(/one or more objects failed to apply, reason: .*minReplicas/);
  });

  it('none of this was an error to a controller', () => {
    expect(world.errors).toEqual([]);
  });
});

describe('an operation in progress', () => {
  let github: DeployRepository;
  let world: World;
  const application = { namespace: 'argocd', name: 'slow' };
  const until = (fits: (found: Application) => boolean) =>
    world.until<Application>(resources.applications, 'argocd/slow', fits);
  const running = ({ status }: Application): boolean => status?.operationState?.phase === 'Running';

  beforeAll(async () => {
    github = await startDeployRepository();
    await github.commit('env/slow', chart({ settings: '1' }));
    world = await startWorld({ run: ['application'], github, timings: { syncDelayMs: 300 } });
    await world.client.create(resources.applications, {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: application,
      spec: {
        project: 'default',
        source: { repoURL, path: 'chart', targetRevision: 'env/slow' },
        destination: { namespace: 'production' },
      },
    });
  });
  afterAll(async () => {
    await world.close();
    await github.close();
  });

  it('stays in the Application while it runs, and can be terminated', async () => {
    await world.client.patch(resources.applications, application, { operation: { sync: {} } });
    const seen = await until(running);

    await world.client.patch(resources.applications, application, {
      status: { operationState: { phase: 'Terminating' } },
    });
    const ended = await until(({ status }) => status?.operationState?.finishedAt !== undefined);

    expect(seen.operation).toEqual({ sync: {} });
    expect(ended.operation).toBeUndefined();
    expect(ended.status?.operationState).toMatchObject({ phase: 'Failed', message: 'Operation terminated' });
  });

  it('is taken up again after a restart in the middle of it', async () => {
    await world.client.patch(resources.applications, application, {
      operation: { info: [{ name: 'id', value: 'again' }], sync: {} },
    });
    const before = await until(running);

    await world.restart();
    const ended = await until(({ status }) => status?.operationState?.phase === 'Succeeded');

    expect(ended.status?.operationState?.operation.info).toEqual([{ name: 'id', value: 'again' }]);
    expect(ended.status?.operationState?.startedAt).toBe(before.status?.operationState?.startedAt);
  });
});
