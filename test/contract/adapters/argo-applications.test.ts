import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Application,
  type ArgoApplications,
  createArgoApplications,
} from '../../../adapters/gitops/argo-application.ts';
import { seconds } from '../../../contracts/duration.ts';
import { createNamespace } from '../../support/start-kubernetes.ts';
import { type ClusterWorld, startClusterWorld } from './cluster-world.ts';

const name = 'chest-xray-mlops-prod-green';
const collection = '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications';
const path = `${collection}/${name}`;
const wanted = { operation: 'op-1', revision: 'a'.repeat(40), epoch: 3 };

let world: ClusterWorld;
let applications: ArgoApplications;
beforeAll(async () => {
  world = await startClusterWorld();
  applications = createArgoApplications(world.kubernetes);
  await createNamespace(world.admin, 'argocd');
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.admin.delete(path);
  await world.admin.create(collection, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name },
    spec: {
      project: 'production',
      destination: { namespace: 'production-green' },
      source: { repoURL: 'https://github.com/example/chest-xray-mlops-deploy', targetRevision: 'env/green' },
      syncPolicy: { syncOptions: ['ServerSideApply=true'] },
    },
  });
});

const read = () => world.admin.get<Application>(path);
/** What Argo CD's controller does once it takes an operation up, and at its end. */
const controllerSays =
  (phase: string, revision = wanted.revision) =>
  async () => {
    const operation = (await read())?.operation ?? (await read())?.status?.operationState?.operation;
    const status = {
      operationState: { phase, operation, startedAt: '2026-11-23T08:00:00Z', syncResult: { revision } },
    };
    const ended = phase === 'Running' || phase === 'Terminating' ? {} : { operation: null };
    await world.admin.mergePatch(path, { ...ended, status });
  };

describe('createArgoApplications', () => {
  it("pins it to exactly one commit and starts its sync, with the operation's id in it", async () => {
    expect(await applications.startSync(name, wanted)).toEqual({ kind: 'started' });
    const written = await read();
    expect(written?.spec.source).toEqual({
      repoURL: 'https://github.com/example/chest-xray-mlops-deploy',
      targetRevision: wanted.revision,
    });
    expect(written?.metadata?.annotations?.['sluice.dev/pinned']).toBe(wanted.revision);
    expect(written?.operation).toEqual({
      initiatedBy: { username: 'sluice:op-1' },
      info: [{ name: 'sluice.dev/operation', value: 'op-1' }],
      retry: { limit: 5, backoff: { duration: '1s', factor: 2, maxDuration: '30s' } },
      sync: {
        revision: wanted.revision,
        prune: true,
        syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true'],
      },
    });
  });

  it.each(['as it was written', 'Running', 'Succeeded'])('does not start it twice: %s (I10)', async (phase) => {
    await applications.startSync(name, wanted);
    if (phase !== 'as it was written') await controllerSays(phase)();
    const before = await read();

    expect(await applications.startSync(name, wanted)).toEqual({ kind: 'already-started' });
    expect(await read()).toEqual(before);
  });

  it('does not start it again once self-heal has replaced its state, and does when somebody has pinned another commit', async () => {
    await applications.startSync(name, wanted);
    await controllerSays('Succeeded')();
    const healing = { initiatedBy: { automated: true }, sync: { revision: wanted.revision } };
    const entry = { id: 0, revision: wanted.revision, deployedAt: '2026-11-23T08:00:00Z' };
    const history = [{ ...entry, initiatedBy: { username: 'sluice:op-1' } }];
    await world.admin.mergePatch(path, {
      status: { history, operationState: { operation: { ...healing, info: null } } },
    });
    const healed = await applications.startSync(name, wanted);
    await world.admin.mergePatch(path, { spec: { source: { targetRevision: 'env/green' } } });

    expect([healed, await applications.startSync(name, wanted)]).toEqual([
      { kind: 'already-started' },
      { kind: 'started' },
    ]);
  });

  it('starts it again when it has failed, or when another revision is wanted', async () => {
    await applications.startSync(name, wanted);
    await controllerSays('Failed')();
    expect(await applications.startSync(name, wanted)).toEqual({ kind: 'started' });
    await controllerSays('Succeeded')();

    expect(await applications.startSync(name, { ...wanted, revision: 'b'.repeat(40) })).toEqual({ kind: 'started' });
  });

  it('leaves a foreign operation alone and says whose it is; terminates it when told to', async () => {
    const foreign = { initiatedBy: { username: 'ana' }, sync: { revision: 'c'.repeat(40) } };
    await world.admin.mergePatch(path, { operation: foreign });
    await controllerSays('Running')();

    expect(await applications.startSync(name, wanted)).toEqual({
      kind: 'busy',
      running: { operation: null, revision: 'c'.repeat(40), startedBy: 'ana', phase: 'Running' },
    });
    expect((await read())?.operation).toEqual(foreign);
    expect(await applications.terminate(name)).toBe('terminating');
    expect((await read())?.status?.operationState?.phase).toBe('Terminating');
    expect(await applications.terminate(name)).toBe('terminating');
    await controllerSays('Failed')();
    expect(await applications.terminate(name)).toBe('nothing-running');
    expect(await applications.startSync(name, wanted)).toEqual({ kind: 'started' });
  });

  it('replaces a sync in progress: it is told to end until it has, also when a retry writes over the word', async () => {
    const after = ['Running', 'Terminating', 'Failed'].map((phase) => controllerSays(phase));
    const phases: unknown[] = [];
    const patient = createArgoApplications(world.kubernetes, {
      pause: async () => {
        phases.push((await read())?.status?.operationState?.phase);
        await after.shift()?.();
      },
    });
    await applications.startSync(name, { ...wanted, operation: 'op-0', revision: 'b'.repeat(40) });
    await controllerSays('Running')();

    expect(await patient.replaceSync(name, wanted, { patience: seconds(30) })).toEqual({ kind: 'started' });

    expect(phases).toEqual(['Terminating', 'Terminating', 'Terminating']);
    expect((await read())?.spec.source?.targetRevision).toBe(wanted.revision);
  });

  it('does not replace one that will not end, and says whose it is', async () => {
    let pauses = 0;
    const patient = createArgoApplications(world.kubernetes, {
      pause: async () => {
        pauses += 1;
        await controllerSays('Running')();
      },
    });
    const theirs = { initiatedBy: { username: 'ana' }, sync: { revision: 'c'.repeat(40) } };
    await world.admin.mergePatch(path, { operation: theirs });
    await controllerSays('Running')();

    const outcome = await patient.replaceSync(name, wanted, { patience: seconds(3) });

    expect([outcome, pauses]).toMatchObject([{ kind: 'busy', running: { startedBy: 'ana', phase: 'Running' } }, 3]);
    expect((await read())?.spec.source?.targetRevision).toBe('env/green');
  });

  it('refuses a sync by a holder that has lost the lock, also after Argo CD has forgotten who synced last (I12)', async () => {
    await applications.startSync(name, { operation: 'op-2', revision: 'b'.repeat(40), epoch: 4 });
    await controllerSays('Succeeded', 'b'.repeat(40))();
    await world.admin.mergePatch(path, { status: { operationState: null } });

    await expect(applications.startSync(name, wanted)).rejects.toMatchObject({ name: 'StaleHolder', epoch: 4 });
    expect((await read())?.operation).toBeUndefined();
  });

  it('takes back an operation that nobody has taken up', async () => {
    await applications.startSync(name, wanted);

    expect(await applications.terminate(name)).toBe('terminating');
    expect((await read())?.operation).toBeUndefined();
  });

  it('asks for a comparison', async () => {
    await applications.refresh(name);

    expect((await applications.read(name)).metadata?.annotations).toEqual({ 'argocd.argoproj.io/refresh': 'normal' });
  });

  it('says that there is no such Application', async () => {
    await expect(applications.read('nobody')).rejects.toMatchObject({ name: 'NotFound' });
    await expect(applications.startSync('nobody', wanted)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(applications.refresh('nobody')).rejects.toMatchObject({ name: 'DependencyRefused', status: 404 });
  });
});
