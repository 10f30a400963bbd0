import { beforeEach, describe, expect, it } from 'vitest';
import type { Application, ArgoApplications, WantedSync } from '../../../../adapters/gitops/argo-application.ts';
import type { Subject } from '../../../../contracts/records/subject.ts';
import { rollbackTriggerSchema, type Trigger } from '../../../../contracts/trigger.ts';
import { deliveredSource } from '../../../../core/gitops/application-source.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { subjectNow } from '../../../../pipeline/approval/approval-subject.ts';
import { editItem } from '../../../support/table.ts';
import { FakeBranch } from '../support/fake-branch.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift } from '../support/in-shift.ts';
import { approveAll, commit, createWorld, digest, type World } from '../support/world.ts';

/** The commit that the standby's Application is at before Sluice has ever written. */
const first = 'f'.repeat(40);

let world: World;
let branch: FakeBranch;
beforeEach(async () => {
  world = await createWorld();
  branch = new FakeBranch(first);
});

const ourSource = { repoURL: 'https://github.com/example/chest-xray-mlops-deploy.git', path: 'chart' };

/** The acting function of a deployment to green that holds the lock. */
async function deploying(
  status: () => object = () => ({}),
  source: () => object = () => ourSource,
  destination: () => object = () => ({ namespace: 'production-green' }),
) {
  const { execution, operation, epoch, route } = await inShift(world, { blue: 100, green: 0 });
  const { id } = operation;
  await world.store.operations.update(id, { shiftedAt: null });
  const pins: WantedSync[] = [];
  const refreshed: string[] = [];
  const applications = {
    // the fields that are read
    read: async () =>
      ({
        metadata: { name: 'chest-xray-mlops-prod-green' },
        spec: { source: { ...source(), targetRevision: pins.at(-1)?.revision ?? first }, destination: destination() },
        status: status(),
      }) as Application,
    refresh: async (name) => void refreshed.push(name),
    startSync: async (_name, wanted) => {
      pins.push(wanted);
      return { kind: 'started' };
    },
  } as Partial<ArgoApplications> as ArgoApplications;
  const handle = createHandler({
    ...world,
    wakeWaiting: async () => {},
    branch,
    cluster: () => ({ ...fakeCluster(route.weights), router: route, applications }),
  });
  const decide = (kind: 'reset' | 'propose', head: string) =>
    world.store.branches.decide(world.service.name, 'green', {
      kind,
      head,
      actor: 'ana@example.com',
      reason: 'looked at it',
      at: new Date(world.now()).toISOString(),
    });
  const entries = async (action: string) => (await world.store.audit.list(id)).filter((one) => one.action === action);
  const read = () => world.store.operations.read(id);
  const approved = (proposed: boolean, head: string) =>
    world.store.operations.update(id, { branch: { environment: 'green', head, change: null, proposed } });
  return {
    id,
    epoch,
    pins,
    refreshed,
    decide,
    entries,
    read,
    approved,
    deploy: () => handle({ action: 'deploy-release', execution }),
  };
}

describe('a release is committed on top of what Sluice wrote last', () => {
  it('begins with the commit that the Application is at, and pins it to the new one', async () => {
    const { id, epoch, pins, read, deploy } = await deploying();

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.made).toMatchObject([{ parent: first, tree: 'chart', operation: id, epoch }]);
    expect(pins).toEqual([{ operation: id, revision: branch.head, epoch }]);
    expect(await read()).toMatchObject({ gitCommit: branch.head, formerCommit: first });
  });

  it('again changes nothing, and keeps the former commit (I10)', async () => {
    const { read, deploy } = await deploying();
    await deploy();
    const { head } = branch;

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.head).toBe(head);
    expect(branch.made).toHaveLength(1);
    expect(await read()).toMatchObject({ gitCommit: head, formerCommit: first });
  });

  it('and is left alone while Argo CD only has to compare again, which it is asked to', async () => {
    const text = (ago: number) => new Date(world.now() - ago).toISOString();
    let status = {};
    const { id, pins, refreshed, read, deploy } = await deploying(() => status);
    await deploy();
    const { head } = branch;
    const sync = { revision: head };
    const operationState = {
      operation: { info: [{ name: 'sluice.dev/operation', value: id }], sync },
      ...{ phase: 'Succeeded', startedAt: text(30_000), finishedAt: text(20_000), syncResult: sync },
    };
    status = { operationState, reconciledAt: text(30_000) };
    await world.store.operations.enter(id, 'syncing', text(0));
    const before = await read();

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(refreshed).toEqual([world.service.environments.green.application]);
    expect([pins.length, branch.made.length, await read()]).toEqual([1, 1, before]);
  });

  it('when nobody came to note that it had arrived: it is known all the same', async () => {
    const { read, deploy } = await deploying();
    branch.losesNextAnswer = true;
    await expect(deploy()).rejects.toMatchObject({ name: 'DependencyUnavailable' });
    const { head } = branch;

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.head).toBe(head);
    expect(await read()).toMatchObject({ gitCommit: head });
    expect(await world.store.branches.read(world.service.name, 'green')).toMatchObject({ commit: head, intended: [] });
  });

  it('never by a stale holder, however late (I12)', async () => {
    const { epoch, deploy } = await deploying();
    const seen = await world.store.branches.read(world.service.name, 'green');
    await world.store.branches.replace(world.service.name, 'green', seen, { epoch: epoch + 1, commit: first });

    await expect(deploy()).rejects.toMatchObject({ name: 'StaleHolder', epoch: epoch + 1 });

    expect(branch.head).toBe(first);
  });
});

it('what somebody has had synced since the approvers looked is foreign on a branch that Sluice has never written, too (I3)', async () => {
  const { id, deploy } = await deploying();
  await world.store.operations.update(id, { standbyCommit: 'e'.repeat(40) });

  expect(await deploy()).toMatchObject({ outcome: 'foreign-commit', reason: expect.stringContaining('fffffff') });
  expect([branch.made, branch.head]).toEqual([[], first]);
});

describe('a release that was approved with a chart (I3)', () => {
  /** Approved with this chart. */
  const approveWith = async (id: string, chartTree: string) => {
    await world.store.operations.update(id, { release: { version: 'v2.1.0', commit, digest, chartTree } });
    await approveAll(world, { id });
    const operation = await world.store.operations.read(id);
    const now = operation && (await subjectNow(world.store, operation, world.service));
    await world.store.approvals.change(id, (one) => ({ ...one, subject: now?.hash ?? null }));
  };

  it('is committed on the chart that was approved', async () => {
    const { id, deploy } = await deploying();
    await approveWith(id, 'chart of chart');

    expect(await deploy()).toEqual({ outcome: 'deployed' });
  });

  it('is not on another one, also where that is Sluice’s own', async () => {
    const { id, deploy, pins } = await deploying();
    await approveWith(id, 'chart of old');

    expect(await deploy()).toEqual({
      outcome: 'not-approved',
      cause: 'drift',
      reason: expect.stringContaining('The chart on env/green is chart of chart, but chart of old was approved.'),
    });
    expect([branch.made, pins, branch.head]).toEqual([[], [], first]);
  });
});

describe('an Application that adds something to the chart (I3)', () => {
  const values = { helm: { valueFiles: ['values-green.yaml'], parameters: [{ name: 'DB_PASSWORD', value: 'x' }] } };
  const implant = { helm: { ...values.helm, parameters: [{ name: 'config.IMPLANT', value: 'yes' }] } };
  const deployingFrom = async (added: object, approved: object) => {
    const doing = await deploying(undefined, () => ({ ...ourSource, ...added }));
    const spec = { source: { ...ourSource, ...approved } };
    await world.store.operations.update(doing.id, {
      standbySource: { source: deliveredSource({ spec }, 'green'), differs: false, problem: null },
    });
    await approveAll(world, { id: doing.id });
    const operation = await world.store.operations.read(doing.id);
    const now = operation && (await subjectNow(world.store, operation, world.service));
    await world.store.subjects.put(doing.id, now?.hash ?? '', now?.subject as Subject);
    await world.store.approvals.change(doing.id, (one) => ({ ...one, subject: now?.hash ?? null }));
    return doing;
  };

  it('is deployed by what its approvers were shown', async () => {
    const { deploy } = await deployingFrom(values, values);

    expect(await deploy()).toEqual({ outcome: 'deployed' });
  });

  it.each<[string, object, object, string]>([
    ['other parameters', implant, values, '.git with values-green.yaml; parameters config.IMPLANT=yes ('],
    [
      'values of its own',
      { helm: { ...values.helm, valuesObject: { runAs: 0 } } },
      values,
      'values of its own: runAs: 0 (',
    ],
    ['parameters where there were none', implant, {}, ') was approved'],
    ['another folder', { path: 'other' }, {}, 'takes the folder other. What people approve is the folder chart'],
    [
      'another repository',
      { repoURL: 'https://evil.example/a/b.git' },
      {},
      'takes its source from https://evil.example/a/b.git',
    ],
    ['a plugin', { plugin: { name: 'x' } }, {}, 'has a source with `plugin`'],
  ])('stops before any effect by %s', async (_, added, approved, reason) => {
    const { deploy, pins } = await deployingFrom(added, approved);

    expect(await deploy()).toEqual({
      outcome: 'not-approved',
      cause: 'drift',
      reason: expect.stringContaining(reason),
    });
    expect([branch.made, pins, branch.head]).toEqual([[], [], first]);
  });
});

describe('an Application that delivers to somewhere else (I2, I3)', () => {
  const told = 'delivers to the namespace production-blue. This environment is in production-green';
  const toTheOther = () => ({ server: 'https://kubernetes.default.svc', namespace: 'production-blue' });

  it('stops before any effect: nothing may come to the side that has the traffic', async () => {
    const { pins, deploy } = await deploying(undefined, undefined, toTheOther);

    expect(await deploy()).toMatchObject({ outcome: 'not-approved', reason: expect.stringContaining(told) });
    expect([branch.made, pins, branch.head]).toEqual([[], [], first]);
  });

  it('stops an emergency, too, which would come to there as well', async () => {
    const { id, read, pins, deploy } = await deploying(undefined, undefined, toTheOther);
    const before = await read();
    const emergency = rollbackTriggerSchema.parse({
      ...{
        kind: 'person',
        wants: 'rollback',
        service: 'chest-xray-mlops',
        version: 'v2.1.0',
        actor: 'ana@example.com',
      },
      ...{ at: 0, reason: 'it burns', emergency: true, deployFirst: true },
    });
    await editItem(world.table, { pk: `OPERATION#${id}`, sk: 'OPERATION' }, 'kind', 'rollback');
    await editItem(world.table, { pk: `OPERATION#${id}`, sk: 'OPERATION' }, 'trigger', emergency);
    const succeededAt = new Date(world.now()).toISOString();
    const release = before?.release?.digest ?? '';
    await world.store.releases.mark(world.service.name, release, { succeededAt, environment: 'blue' });

    expect(await deploy()).toMatchObject({ outcome: 'not-approved', reason: expect.stringContaining(told) });
    expect([branch.made, pins]).toEqual([[], []]);
  });
});

describe('an operation whose record claims that it needs no approval (I13)', () => {
  const emergency = rollbackTriggerSchema.parse({
    ...{ kind: 'person', wants: 'rollback', service: 'chest-xray-mlops', version: 'v2.1.0', actor: 'ana@example.com' },
    ...{ at: 0, reason: 'it burns', emergency: true, deployFirst: true },
  });
  const failure = rollbackTriggerSchema.parse({
    ...{ kind: 'failure', service: 'chest-xray-mlops', operation: 'op-0', reason: 'made up' },
  });
  const claims = async (of: { kind: 'rollback' | 'switch-traffic'; trigger: Trigger }) => {
    const { id, read, pins, entries, deploy } = await deploying();
    const before = await read();
    if (before?.release == null) throw new Error('there is no release');
    await editItem(world.table, { pk: `OPERATION#${id}`, sk: 'OPERATION' }, 'kind', of.kind);
    await editItem(world.table, { pk: `OPERATION#${id}`, sk: 'OPERATION' }, 'trigger', of.trigger);
    const { digest, version } = before.release;
    const at = new Date(world.now()).toISOString();
    return {
      pins,
      entries,
      deploy,
      succeeded: () => world.store.releases.mark(world.service.name, digest, { succeededAt: at, environment: 'blue' }),
      hold: () =>
        world.store.releases.hold(world.service.name, { version, digest, operation: id, reason: 'it was bad', at }),
    };
  };

  it.each([
    ['a return that deploys nothing', { kind: 'rollback', trigger: failure } as const, 'deploys no release'],
    ['a switch by hand', { kind: 'switch-traffic', trigger: emergency } as const, 'deploys no release'],
    [
      'an emergency to what was never live',
      { kind: 'rollback', trigger: emergency } as const,
      'only to a release that was good',
    ],
  ])('brings nothing in: %s', async (_, claimed, why) => {
    const { pins, deploy } = await claims(claimed);

    expect(await deploy()).toEqual({ outcome: 'not-approved', cause: 'drift', reason: expect.stringContaining(why) });
    expect([branch.made, pins]).toEqual([[], []]);
  });

  it('as an emergency brings in what was live, and nothing that is on hold', async () => {
    const { succeeded, hold, deploy } = await claims({ kind: 'rollback', trigger: emergency });
    await succeeded();
    await hold();
    const held = await deploy();
    await world.store.releases.releaseHold(world.service.name, digest);

    expect(held).toMatchObject({ outcome: 'not-approved', reason: expect.stringContaining('on hold: it was bad') });
    expect(await deploy()).toEqual({ outcome: 'deployed' });
  });

  it('as an emergency waits for nobody to look at what others wrote, and leaves it out', async () => {
    const { succeeded, entries, deploy } = await claims({ kind: 'rollback', trigger: emergency });
    await succeeded();
    branch.push('evil');

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.made).toMatchObject([{ parent: 'evil', tree: 'chart' }]);
    const details = { head: 'evil', decidedBy: 'ana@example.com' };
    expect(await entries('reset-branch')).toMatchObject([{ details: { details } }]);
  });
});

describe('a commit that Sluice did not write (I3)', () => {
  it('stops the deployment before any effect, with what it changes, by whom and what to do', async () => {
    const { pins, entries, read, deploy } = await deploying();
    branch.push('evil567890');

    const answer = await deploy();

    expect(answer).toEqual({ outcome: 'foreign-commit', cause: 'drift', reason: expect.any(String) });
    const reason = 'reason' in answer ? answer.reason : '';
    expect(reason).toContain('evil567 “chore: tidy” by mallory');
    expect(reason).toContain('chart/templates/deployment.yaml (modified)');
    expect(reason).toContain('sluice branch reset --service chest-xray-mlops --environment green');
    expect(branch.head).toBe('evil567890');
    expect([branch.made, pins]).toEqual([[], []]);
    expect((await entries('drift')).map(({ details }) => details.details)).toEqual([
      { what: 'branch env/green', before: first, after: 'evil567890' },
    ]);
    expect(await read()).toMatchObject({ gitCommit: null });
    expect((await world.store.branches.read(world.service.name, 'green')).foreign).toMatchObject({
      head: 'evil567890',
      files: [{ patch: '+implant' }],
    });
  });

  it('stops it also on top of a commit of Sluice’s, and when the branch was moved back to an older one', async () => {
    const { deploy } = await deploying();
    await deploy();
    const ours = branch.head;
    branch.push('evil');
    const onTop = await deploy();
    branch.head = first;
    const movedBack = await deploy();
    branch.head = ours;

    expect([onTop, movedBack]).toMatchObject([{ outcome: 'foreign-commit' }, { outcome: 'foreign-commit' }]);
    expect(await deploy()).toEqual({ outcome: 'deployed' });
  });

  it('that comes in between stops it too', async () => {
    const { pins, deploy } = await deploying();
    branch.meanwhile = () => branch.push('evil');

    expect(await deploy()).toMatchObject({ outcome: 'foreign-commit' });
    expect(branch.head).toBe('evil');
    expect(pins).toEqual([]);
  });

  it('is thrown away once a person has reset exactly that one: nothing of it is in the release', async () => {
    const { decide, entries, deploy } = await deploying();
    branch.push('evil');
    await decide('reset', 'evil');

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.made).toMatchObject([{ parent: 'evil', tree: 'chart' }]);
    expect(await entries('reset-branch')).toMatchObject([
      { details: { reason: 'looked at it', details: { head: 'evil', decidedBy: 'ana@example.com' } } },
    ]);
  });

  it.each(['reset', 'propose'] as const)(
    'on top of one that a person has decided to %s stops it again',
    async (kind) => {
      const { decide, approved, deploy } = await deploying();
      branch.push('known');
      await decide(kind, 'known');
      await approved(true, 'known');
      branch.push('evil');

      expect(await deploy()).toMatchObject({ outcome: 'foreign-commit' });
    },
  );

  it('is part of the release once a person has proposed it and its approvers have seen exactly that one', async () => {
    const { decide, approved, entries, deploy } = await deploying();
    branch.push('theirs');
    await decide('propose', 'theirs');
    await approved(true, 'theirs');

    expect(await deploy()).toEqual({ outcome: 'deployed' });

    expect(branch.made).toMatchObject([{ parent: 'theirs', tree: 'chart+theirs' }]);
    expect(await entries('keep-foreign-commits')).toHaveLength(1);
  });

  it('stops it when it was reset only after its approvers had been shown that it goes in', async () => {
    const { decide, approved, deploy } = await deploying();
    branch.push('theirs');
    await approved(true, 'theirs');
    await decide('reset', 'theirs');

    expect(await deploy()).toMatchObject({ outcome: 'foreign-commit' });
  });

  it.each([
    ['was proposed only after its approvers had been asked', false, 'theirs'],
    ['is another one than its approvers have seen', true, 'other'],
  ])('stops it when it %s', async (_, proposed, head) => {
    const { decide, approved, deploy } = await deploying();
    branch.push('theirs');
    await decide('propose', 'theirs');
    await approved(proposed, head);

    expect(await deploy()).toMatchObject({ outcome: 'foreign-commit' });
  });
});
