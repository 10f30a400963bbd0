import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Application,
  ArgoApplications,
  RunningSync,
  WantedSync,
} from '../../../../adapters/gitops/argo-application.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { rollbackTriggerSchema } from '../../../../contracts/trigger.ts';
import { judgeHead } from '../../../../core/gitops/branch-head.ts';
import { createHandler } from '../../../../functions/act/handler.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { registerOperation } from '../../../../pipeline/operation/register-operation.ts';
import { FakeBranch } from '../support/fake-branch.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift } from '../support/in-shift.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

const former = 'f'.repeat(40);
const failed = 'b'.repeat(40);

let world: World;
let branch: FakeBranch;
beforeEach(async () => {
  world = await createWorld();
  branch = new FakeBranch(former);
});

/** A rollback that has brought all the traffic back to blue, after a deployment to green that came so far. */
async function returned(
  deployment: { gitCommit: string | null; formerCommit: string | null },
  pinned?: string,
  running: RunningSync | null = null,
) {
  const { operation, route } = await inShift(world, { blue: 100, green: 0 });
  await world.store.operations.update(operation.id, deployment);
  const execution = executionOf('rollback-1');
  const id = idOf(execution);
  const trigger = rollbackTriggerSchema.parse({
    kind: 'failure',
    service: world.service.name,
    operation: operation.id,
    reason: 'too many errors',
  });
  const { service } = world;
  await registerOperation(world, { execution, service, trigger, kind: 'rollback', related: operation.id });
  await world.store.operations.update(id, { target: 'blue', origin: 'green' });
  await world.store.locks.takeOver(service.name, await world.store.locks.read(service.name), {
    operation: id,
    kind: 'rollback',
    executionArn: execution.arn,
    at: execution.startedAt,
    deadline: operation.deadline,
  });
  const { epoch } = await world.store.locks.read(service.name);
  const pins: WantedSync[] = [];
  const applications = {
    // the fields that are read
    read: async () =>
      ({
        metadata: { annotations: pinned === undefined ? {} : { 'sluice.dev/pinned': pinned } },
        spec: { source: { targetRevision: deployment.gitCommit ?? former } },
      }) as unknown as Application,
    replaceSync: async (_name, { operation, revision, epoch }) => {
      if (running !== null) return { kind: 'busy', running };
      pins.push({ operation, revision, epoch });
      return { kind: 'started' };
    },
    // A return pins what somebody else has moved.
    startSync: async (_name, wanted) => {
      pins.push(wanted);
      return { kind: 'started' };
    },
  } as Partial<ArgoApplications> as ArgoApplications;
  const cluster = fakeCluster(route.weights);
  const handle = createHandler({
    ...world,
    wakeWaiting: async () => {},
    branch,
    cluster: () => ({
      ...cluster,
      router: route,
      applications,
      workloads: {
        ...cluster.workloads,
        setMinimumReplicas: async (_namespace, _name, wanted) => ({
          kind: 'set',
          before: 3,
          minimum: wanted,
          maximum: 10,
        }),
      },
    }),
  });
  const cleanUp = () => handle({ action: 'clean-up', execution });
  return { id, epoch, pins, cleanUp, ensureTarget: () => handle({ action: 'ensure-target', execution, waited: 0 }) };
}

/** Sluice has committed what failed to env/green, on top of `former`, or is about to. */
async function committed(which: 'written' | 'intended' = 'written') {
  const { name } = world.service;
  const at = new Date(world.now()).toISOString();
  const about = (commit: string, version: string) => ({
    commit,
    version,
    digest: `sha256:${version}`,
    operation: 'op-0',
    at,
    restores: null,
  });
  const mine = about(failed, 'v2.1.0');
  branch.commits.set(failed, { parent: former, tree: 'chart+v2.1.0' });
  if (which === 'written') branch.head = failed;
  const good = about(former, 'v1.9.0');
  const record =
    which === 'written' ? { commit: failed, written: [mine, good] } : { written: [good], intended: [mine] };
  const seen = await world.store.branches.read(name, 'green');
  await world.store.branches.replace(name, 'green', seen, { commit: former, epoch: 1, ...record });
}
const recordOf = () => world.store.branches.read(world.service.name, 'green');
const cleanUpNote = async (id: string) =>
  (await world.store.audit.list(id)).find(({ action }) => action === 'clean-up')?.details;

describe('a failed release is taken out of its environment', () => {
  it('by pinning the commit of before, under the fence of the rollback, also without Git, which is told', async () => {
    const { id, epoch, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: former });
    branch.readHead = async () => {
      throw new DependencyUnavailable('GitHub', 'Git is away.');
    };

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect(pins).toEqual([{ operation: id, revision: former, epoch }]);
    expect(await cleanUpNote(id)).toEqual({
      reason: `Branch env/green was not put back: GitHub: Git is away. Nothing runs from it: green is pinned to ${former.slice(0, 7)}.`,
    });
  });

  it('in Git too: the files of before stand on top of what failed, and the next release is built on them', async () => {
    const { id, epoch, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: former });
    await committed();

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect(branch.made).toMatchObject([
      { parent: failed, tree: 'chart', restores: former, operation: id, epoch, release: { version: 'v1.9.0' } },
    ]);
    expect(pins).toEqual([{ operation: id, revision: former, epoch }]);
    expect(await cleanUpNote(id)).toEqual({});
    const { head } = branch;
    const record = await recordOf();
    expect(record).toMatchObject({
      epoch,
      commit: head,
      intended: [],
      written: [{ commit: head, restores: former }, {}, {}],
    });
    expect(judgeHead(record, null, head)).toMatchObject({ kind: 'ours' });
    expect((await branch.readHead()).tree).toBe('chart');
  });

  it('or ends with a warning where a sync under way will not end, with what to do once it has', async () => {
    const running = { operation: null, revision: failed, startedBy: 'ana', phase: 'Running' };
    const { id, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: former }, undefined, running);
    await committed();

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect([pins, branch.head]).toEqual([[], failed]);
    const { application } = world.service.environments.green;
    expect((await cleanUpNote(id))?.reason).toEqual(
      expect.stringMatching(`^green still has the failed release: a sync of ${application} by ana went on for 30 s`),
    );
    expect((await cleanUpNote(id))?.reason).toEqual(
      expect.stringContaining(
        `kubectl -n argocd patch applications.argoproj.io/${application} --type merge -p '{"metadata":{"annotations":{"sluice.dev/pinned":"${former}"}},"spec":{"source":{"targetRevision":"${former}"}}}'`,
      ),
    );
  });

  it('once: a redelivery finds it done (I10)', async () => {
    const { cleanUp } = await returned({ gitCommit: failed, formerCommit: former });
    await committed();
    await cleanUp();
    const { head } = branch;

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect([branch.head, branch.made.length]).toEqual([head, 1]);
  });

  it('with a commit although nothing differs, where one of a holder that lost the lock may still arrive: it does not (I12)', async () => {
    const { cleanUp } = await returned({ gitCommit: null, formerCommit: null });
    await committed('intended');

    await cleanUp();

    expect(await branch.advance(null, failed)).toBe('refused');
    expect((await branch.readHead()).tree).toBe('chart');
  });

  it('and a holder that lost the lock before it began to commit finds the later epoch (I12)', async () => {
    const { epoch, cleanUp } = await returned({ gitCommit: null, formerCommit: null });

    await cleanUp();

    expect(branch.made).toEqual([]);
    expect(await recordOf()).toMatchObject({ epoch, commit: former });
  });

  it('and what somebody else has written on the branch is left, shown and told', async () => {
    const { id, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: former });
    await committed();
    branch.push('evil567890');

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect([branch.head, pins.length]).toEqual(['evil567890', 1]);
    expect((await recordOf()).foreign).toMatchObject({ head: 'evil567890', base: failed });
    expect((await cleanUpNote(id))?.reason).toEqual(expect.stringContaining('somebody else has written there'));
    const [drift] = (await world.store.audit.list(id)).filter(({ action }) => action === 'drift');
    expect(drift?.details.reason).toEqual(
      expect.stringMatching(/evil567 “chore: tidy” by mallory.*left as it is.*sluice branch show --service/),
    );
  });

  it('and an image on hold does not come back under the commit that had put it back', async () => {
    const { id, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: former });
    const at = new Date(world.now()).toISOString();
    const held = { version: 'v1.9.0', digest: 'sha256:held', operation: 'op-0', at };
    const seen = await recordOf();
    const written = [{ ...held, commit: 'c'.repeat(40), restores: former }];
    await world.store.branches.replace(world.service.name, 'green', seen, { commit: former, written });
    await world.store.releases.hold(world.service.name, { ...held, reason: 'it was bad' });

    await cleanUp();

    expect(branch.made).toMatchObject([{ operation: id, release: { version: 'v2.0.0' } }]);
    expect(pins).toMatchObject([{ revision: branch.head }]);
  });

  it('also where nothing was committed: a sync that is still on its way meets a later holder (I12)', async () => {
    const { id, epoch, pins, cleanUp } = await returned({ gitCommit: null, formerCommit: null });

    await cleanUp();

    expect(pins).toEqual([{ operation: id, revision: former, epoch }]);
    expect(branch.made).toEqual([]);
  });

  it.each([
    ['there is no commit of before', null],
    ['the image of the commit of before is on hold', former],
  ])('by the release that is live, when %s', async (_, formerCommit) => {
    const { id, pins, cleanUp } = await returned({ gitCommit: failed, formerCommit });
    const at = new Date(world.now()).toISOString();
    const held = { commit: former, version: 'v1.9.0', digest: 'sha256:held', operation: 'op-0', at, restores: null };
    const seen = await world.store.branches.read(world.service.name, 'green');
    await world.store.branches.replace(world.service.name, 'green', seen, { commit: former, written: [held] });
    await world.store.releases.hold(world.service.name, { ...held, reason: 'it was bad' });

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect(branch.made).toMatchObject([{ operation: id, release: { version: 'v2.0.0' }, parent: former }]);
    expect(pins).toMatchObject([{ revision: branch.head }]);
  });

  it('by nothing but less capacity, where somebody else has written on the branch', async () => {
    const { pins, cleanUp } = await returned({ gitCommit: failed, formerCommit: null });
    branch.push('evil');

    expect(await cleanUp()).toEqual({ outcome: 'cleaned' });

    expect([branch.head, pins]).toEqual(['evil', []]);
  });
});

describe('the destination of a return', () => {
  it('is pinned again to what Sluice had pinned, when somebody else has pinned another commit', async () => {
    const { id, epoch, pins, ensureTarget } = await returned({ gitCommit: failed, formerCommit: former }, former);

    expect(await ensureTarget()).toMatchObject({ outcome: 'ensured' });

    expect(pins).toEqual([{ operation: id, revision: former, epoch }]);
  });

  it('is left alone otherwise', async () => {
    const { pins, ensureTarget } = await returned({ gitCommit: failed, formerCommit: former }, failed);

    await ensureTarget();

    expect(pins).toEqual([]);
  });
});
