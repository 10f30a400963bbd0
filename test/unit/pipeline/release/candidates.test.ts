import { beforeEach, describe, expect, it } from 'vitest';
import { milliseconds, minutes } from '../../../../contracts/duration.ts';
import { acquireLock, awaitLock } from '../../../../pipeline/operation/lock.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { awaitWindow } from '../../../../pipeline/operation/window.ts';
import { recheck } from '../../../../pipeline/shift/live.ts';
import { FakeSource, goodFile, goodRun, headOfMain, releasing } from '../support/releasing.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

let world: World;
let fake: FakeSource;
let release: ReturnType<typeof releasing>;
/** Where commits are in Git, by their order on one line; what starts with `h` has left it. */
const commits = { v1: '1'.repeat(40), v2: '2'.repeat(40), v3: '3'.repeat(40), fix: 'f'.repeat(40) };
type Name = keyof typeof commits;
const runIds: Record<Name, number> = { v1: 11, v2: 12, v3: 13, fix: 14 };
const queueBranch = `gh-readonly-queue/main/pr-7-${headOfMain}`;

beforeEach(async () => {
  world = await createWorld();
  Object.assign(world.service.trigger, { hotfixBranches: ['hotfix/**'], mergeQueue: true });
  fake = new FakeSource();
  release = releasing(world, fake);
  fake.runs = Object.entries(runIds).map(([name, id]) => ({ ...goodRun, id, commit: commits[name as Name] }));
  for (const [name, id] of Object.entries(runIds)) {
    const digest = `sha256:${String(id).repeat(32)}`;
    fake.files.set(id, { ...goodFile, version: `v2.${id}.0`, digest });
    fake.tags.set(`v2.${id}.0`, commits[name as Name]);
  }
  fake.order = (base, head) => {
    if (base === head) return 'identical';
    if (base === commits.fix || head === commits.fix) return 'diverged';
    return base < head ? 'ahead' : 'behind';
  };
});

const versionOf = (name: Name) => `v2.${runIds[name]}.0`;
/** Up to where approvals are asked for. */
const begin = async (name: Name, type: 'standard' | 'hotfix' = 'standard') => {
  const justification = type === 'hotfix' ? 'it crashes' : null;
  const gathered = await release.gather(name, release.person({ version: versionOf(name), type, justification }));
  return gathered.outcome === 'gathered' ? release.validate(name) : gathered;
};
const idFor = (name: Name) => idOf(executionOf(name));
const takeLock = (name: Name) =>
  acquireLock({ ...world, rescueDeadHolder: async () => 'nobody' } as never, executionOf(name));

describe('a hotfix', () => {
  it.each<[string, Name]>([
    ['is behind', 'v1'],
    ['has diverged from', 'fix'],
  ])('that %s what merely waits for approval goes on beside it', async (_how, name) => {
    expect(await begin('v2')).toEqual({ outcome: 'passed' });

    expect(await begin(name, 'hotfix')).toEqual({ outcome: 'passed' });

    expect(await world.store.candidates.read(world.service.name, 'standard')).toMatchObject({ operation: idFor('v2') });
    expect(await world.store.candidates.read(world.service.name, 'hotfix')).toMatchObject({ operation: idFor(name) });
    expect(await takeLock(name)).toEqual({ outcome: 'acquired' });
  });

  it('is superseded by no newer release, before the lock or at it', async () => {
    await begin('v1', 'hotfix');

    expect(await begin('v2')).toEqual({ outcome: 'passed' });
    expect(await begin('v3')).toEqual({ outcome: 'passed' });

    await awaitWindow(world as never, executionOf('v1'), 'token');
    const look = (name: Name) => recheck(world as never, executionOf(name)).catch(() => 'reads the cluster next');
    expect(await look('v1')).toBe('reads the cluster next');
    expect(await look('v2')).toMatchObject({ outcome: 'superseded' });
    expect(await takeLock('v1')).toEqual({ outcome: 'acquired' });
    expect(await takeLock('v2')).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('v2.13.0') });
  });

  it('makes a release needless that it contains, and its approvers are told by what', async () => {
    await begin('v1');

    await begin('v2', 'hotfix');

    expect(await takeLock('v1')).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('v2.12.0') });
    expect(await begin('v1')).toMatchObject({ ending: 'superseded', reason: expect.stringContaining('older') });
    // The next release takes the place of the one that was needless, and not that of the hotfix.
    expect(await begin('v3')).toEqual({ outcome: 'passed' });
    expect(await takeLock('v2')).toEqual({ outcome: 'acquired' });
  });

  it('is superseded by a newer hotfix only', async () => {
    await begin('v1', 'hotfix');

    expect(await begin('v2', 'hotfix')).toEqual({ outcome: 'passed' });

    expect(await takeLock('v1')).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('v2.12.0') });
  });

  it('takes the lock first of those who wait for it', async () => {
    const held = { kind: 'deployment', at: executionOf('v1').startedAt, deadline: '2026-11-24T00:00:00.000Z' } as const;
    await world.store.locks.acquire(world.service.name, { ...held, operation: 'at-work', executionArn: 'arn' });
    await begin('fix', 'hotfix');
    await begin('v2');
    expect(await takeLock('fix')).toEqual({ outcome: 'held' });
    expect(await takeLock('v2')).toEqual({ outcome: 'held' });
    await world.store.locks.release(world.service.name, 'at-work');

    expect(await takeLock('v2')).toEqual({ outcome: 'held' });
    await awaitLock(world as never, executionOf('v2'), 'token');
    expect(world.workflow.nudged).toEqual([]);
    expect(await takeLock('fix')).toEqual({ outcome: 'acquired' });

    // Who has had the lock is waited for no longer.
    await world.store.locks.release(world.service.name, idFor('fix'));
    expect(await takeLock('v2')).toEqual({ outcome: 'acquired' });
  });

  it('that began under a version which knew one place keeps it', async () => {
    await begin('v2', 'hotfix');
    const mine = await world.store.candidates.read(world.service.name, 'hotfix');
    await world.store.candidates.withdraw(world.service.name, idFor('v2'));
    await world.store.candidates.replace(world.service.name, 'standard', null, { ...mine, type: 'standard' } as never);

    expect(await takeLock('v2')).toEqual({ outcome: 'acquired' });
  });
});

describe('a run on a hotfix branch', () => {
  beforeEach(() => {
    fake.runs = fake.runs.map((run) => (run.id === runIds.fix ? { ...run, branch: 'hotfix/crash' } : run));
    fake.heads.set('hotfix/crash', commits.fix);
    fake.isOn = (head) => head === commits.fix;
    fake.messages.set(commits.fix, 'fix: empty images crash it\n\nMore.');
    Object.assign(world.configuration, { roles: { viewer: [], deployer: [], admin: ['ana@example.com'] } });
  });
  const deliver = () => release.gather('fix', release.trigger({ runId: runIds.fix, commit: commits.fix }));

  it('starts a hotfix for its commit, by whoever may call one so', async () => {
    fake.runs = fake.runs.map((run) => ({ ...run, triggeringActor: 'ana' }));
    await begin('v2');

    expect(await deliver()).toMatchObject({ outcome: 'gathered' });
    expect(await release.validate('fix')).toEqual({ outcome: 'passed' });

    const operation = await world.store.operations.read(idFor('fix'));
    expect(operation?.trigger).toMatchObject({
      ...{ type: 'hotfix', justification: 'fix: empty images crash it', branch: 'hotfix/crash', actor: 'ana' },
    });
    const known = await world.store.releases.read(world.service.name, operation?.release?.digest ?? '');
    expect(known?.evidence).toMatchObject({ branch: 'hotfix/crash', commitOnBranch: true });
  });

  it.each(['dana', 'somebody', 'some[bot]', null])('starts nothing for %s, who may not', async (triggeringActor) => {
    fake.runs = fake.runs.map((run) => ({ ...run, actor: triggeringActor, triggeringActor }));

    expect(await deliver()).toMatchObject({
      ...{ outcome: 'refused', ending: 'failed-validation' },
      reason: expect.stringMatching(/may not call a deployment a hotfix.*role admin.*\[NotAllowed\]/),
    });
    expect(await world.store.candidates.read(world.service.name, 'hotfix')).toBeNull();
  });

  it('is no hotfix because a delivery says so', async () => {
    const said = release.trigger({ runId: runIds.v2, commit: commits.v2, type: 'hotfix', justification: 'trust me' });

    expect(await release.gather('v2', said)).toMatchObject({ outcome: 'gathered' });

    const operation = await world.store.operations.read(idFor('v2'));
    expect(operation?.trigger).toMatchObject({ type: 'standard', justification: null });
  });

  it('counts for nothing once its commit is neither on its branch nor on the deployed one', async () => {
    fake.runs = fake.runs.map((run) => ({ ...run, triggeringActor: 'ana' }));
    fake.isOn = () => false;

    await deliver();

    expect(await release.validate('fix')).toMatchObject({
      ...{ outcome: 'refused', reason: expect.stringContaining('is not on the configured branch') },
    });
  });
});

describe('a run of a merge queue', () => {
  beforeEach(() => {
    fake.runs = fake.runs.map((run) => ({ ...run, event: 'merge_group', branch: queueBranch }));
    fake.isOn = () => false;
  });
  const deliver = () => release.gather('v2', release.trigger({ runId: runIds.v2, commit: commits.v2 }));

  it('waits until its commit is on the branch, and takes nobody’s place before', async () => {
    expect(await deliver()).toMatchObject({ outcome: 'waiting' });
    expect(await world.store.operations.read(idFor('v2'))).toMatchObject({
      evidenceAwaited: ['commit: its merge queue has not merged it into the branch.'],
    });
    expect(await world.store.candidates.read(world.service.name, 'standard')).toBeNull();

    fake.isOn = () => true;

    expect(await deliver()).toMatchObject({ outcome: 'gathered' });
    expect(await release.validate('v2')).toEqual({ outcome: 'passed' });
  });

  it('ends where the queue does not bring it there in time (I11)', async () => {
    let answer = await deliver();
    for (let looks = 0; answer.outcome === 'waiting' && looks < 100; looks += 1) {
      world.pass(milliseconds(answer.waitSeconds * 1_000));
      answer = await deliver();
    }

    expect(answer).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/merge queue.*\[EvidenceLate\]/),
    });
    expect(world.service.validation.waitFor).toBe(minutes(30));
  });

  it('proves the jobs that ran in the queue for a release that the branch itself built', async () => {
    fake.runs = [
      { ...goodRun, id: 20, commit: commits.v2 },
      { ...goodRun, id: 19, commit: commits.v2, event: 'merge_group', branch: queueBranch },
    ];
    fake.files.set(20, goodFile);
    fake.isOn = () => true;
    fake.jobs.set(20, [{ name: 'test', conclusion: 'success', url: null }]);
    const scan = { name: 'security-scan', url: null };
    fake.jobs.set(19, [{ ...scan, conclusion: 'success' }]);

    await release.gather('v2', release.trigger({ runId: 20, commit: commits.v2 }));
    expect(await release.validate('v2')).toEqual({ outcome: 'passed' });

    // A push that has the name of such a branch is no run of the queue.
    fake.runs = fake.runs.map((run) => ({ ...run, event: 'push' }));
    await release.gather('v2', release.trigger({ runId: 20, commit: commits.v2 }));
    expect(await release.validate('v2')).toMatchObject({
      reason: expect.stringContaining('security-scan: did not run'),
    });
  });
});

describe('versions that are not semantic', () => {
  const give = (name: Name, version: string) => {
    const file = fake.files.get(runIds[name]);
    if (file == null) throw new Error(`run ${runIds[name]} has no release.json`);
    fake.files.set(runIds[name], { ...file, version });
    fake.tags.set(version, commits[name]);
  };
  const start = async (name: Name, version: string) => {
    const gathered = await release.gather(name, release.person({ version }));
    return gathered.outcome === 'gathered' ? release.validate(name) : gathered;
  };

  it('are ordered by Git, whatever they seem to say', async () => {
    Object.assign(world.service, { versions: 'calendar' });
    give('v1', '2026.11.29.1');
    give('v2', '2026.11.3');

    expect(await start('v1', '2026.11.29.1')).toEqual({ outcome: 'passed' });
    expect(await start('v2', '2026.11.3')).toEqual({ outcome: 'passed' });

    expect(await takeLock('v1')).toMatchObject({ outcome: 'superseded', reason: expect.stringContaining('2026.11.3') });
  });

  it('are refused where the service writes others', async () => {
    Object.assign(world.service, { versions: 'calendar' });
    give('v1', '2026.11.29');

    expect(await start('v2', versionOf('v2'))).toMatchObject({
      ...{ outcome: 'refused', ending: 'failed-validation' },
      reason: expect.stringContaining('built version v2.12.0 by its release.json, which must be a calendar version'),
    });
    expect(await start('v1', '2026.11.29')).toEqual({ outcome: 'passed' });
  });

  it.each([
    ['whole', commits.v2, commits.v2],
    ['by its beginning', commits.v2.slice(0, 8), commits.v2],
    ['that its file has shorter', commits.v2, commits.v2.slice(0, 7)],
  ])('are commits, which need no tag: one %s', async (_how, wanted, version) => {
    Object.assign(world.service, { versions: 'any' });
    give('v2', version);
    fake.tags.clear();
    const { commit } = fake.source;
    fake.source.commit = async (repository, ref) => {
      const sha = Object.values(commits).find((one) => one.startsWith(ref));
      return sha === undefined ? null : commit(repository, sha);
    };

    expect(await start('v2', wanted)).toEqual({ outcome: 'passed' });
    expect(await start('v1', 'feedbee')).toMatchObject({ reason: expect.stringContaining('no such commit') });
  });

  it('are no branches that have a name of such digits', async () => {
    Object.assign(world.service, { versions: 'any' });
    fake.tags.clear();

    // The commit that GitHub answers is the head of a branch.
    fake.source.commit = async () => ({
      ...{ sha: commits.v2, author: null, name: '', mail: null, committedAt: world.now(), message: '' },
    });

    expect(await start('v2', 'abcdef1')).toMatchObject({ reason: expect.stringContaining('no such commit') });
  });
});

it('a deployment that began before its service was only observed gets no lock', async () => {
  expect(await begin('v2')).toEqual({ outcome: 'passed' });
  const services = [{ ...world.service, mode: 'observe' as const }];
  const configuration = { ...world.configuration, services };

  const answer = await acquireLock(
    { ...world, configuration, rescueDeadHolder: async () => 'nobody' } as never,
    executionOf('v2'),
  );

  expect(answer).toMatchObject({ outcome: 'aborted', reason: expect.stringContaining('[OnlyObserved]') });
  expect((await world.store.locks.read(world.service.name)).holder).toBeNull();
});
