import { beforeEach, describe, expect, it } from 'vitest';
import { deliveredSource, foreignDelivery, wantedDelivery } from '../../../../core/gitops/application-source.ts';
import { approvalTerms } from '../../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { FakeSource, releasing } from '../support/releasing.ts';
import { createWorld, executionOf, type World } from '../support/world.ts';

/** The commit that Sluice last wrote on the standby's branch. */
const ours = 'c'.repeat(40);
const theirs = 'e'.repeat(40);

let world: World;
let fake: FakeSource;
let release: ReturnType<typeof releasing>;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  fake.tags.set('v2.0.0', 'b'.repeat(40));
  fake.branchHead = ours;
  release = releasing(world, fake);
  const seen = await world.store.branches.read(world.service.name, 'green');
  await world.store.branches.replace(world.service.name, 'green', seen, { commit: ours });
});

const id = (name: string) => idOf(executionOf(name));
/** What the machine has done before it validates. */
async function validate(name: string, by = release) {
  await by.gather(name);
  const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
  await world.store.operations.update(id(name), { live });
  return by.validate(name);
}
const branchOf = async (name: string) => (await world.store.operations.read(id(name)))?.branch;
const decide = (kind: 'reset' | 'propose', head: string) =>
  world.store.branches.decide(world.service.name, 'green', {
    ...{ kind, head, actor: 'ana@example.com', reason: 'looked at it' },
    at: new Date(world.now()).toISOString(),
  });

describe('a commit of Sluice’s that comes to the branch while it is looked at, as of a rollback that an unlock has ended,', () => {
  const written = {
    ...{ commit: theirs, version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, operation: 'earlier', restores: ours },
    at: '2026-11-23T09:00:00.000Z',
  };
  const note = async (changes: object) => {
    const { branches } = world.store;
    await branches.replace(world.service.name, 'green', await branches.read(world.service.name, 'green'), changes);
  };
  const once = (happens: () => Promise<unknown>) => {
    fake.whileHeadIsRead = async () => {
      fake.whileHeadIsRead = async () => {};
      await happens();
    };
  };

  it.each([
    ['has arrived before the record of it is read', { commit: theirs, written: [written] }],
    ['is only intended yet', { intended: [written] }],
  ])('is nobody else’s: it %s', async (_, changes) => {
    once(async () => {
      fake.branchHead = theirs;
      await note(changes);
    });

    expect(await validate('one')).toMatchObject({ outcome: 'passed' });
    expect(await branchOf('one')).toMatchObject({ head: 'commit' in changes ? theirs : ours, change: null });
  });

  it('does not hide a commit of somebody else', async () => {
    once(async () => {
      fake.branchHead = 'f'.repeat(40);
      await note({ intended: [written] });
    });
    fake.branchHead = 'f'.repeat(40);

    expect(await validate('one')).toMatchObject({ outcome: 'refused' });
  });
});

describe('a commit that Sluice did not write, before anybody is asked to approve (I3)', () => {
  it('ends the deployment at once, with what it changes and the commands, and takes nobody\u2019s place', async () => {
    fake.branchHead = theirs;

    const answer = await validate('one');

    expect(answer).toEqual({ outcome: 'refused', ending: 'failed-validation', reason: expect.any(String) });
    const reason = 'reason' in answer ? answer.reason : '';
    expect(reason).toContain('eeeeeee “chore: tidy” by mallory');
    expect(reason).toContain('sluice branch reset --service chest-xray-mlops --environment green');
    expect(reason).toContain('sluice branch propose --service chest-xray-mlops --environment green');
    expect(reason).toContain('Then start v2.1.0 again');
    expect(await branchOf('one')).toMatchObject({
      head: theirs,
      change: { base: ours, files: [{ patch: '+implant' }] },
    });
    expect(await world.store.candidates.read(world.service.name, 'standard')).toBeNull();
  });

  it('goes into what is approved once it was proposed, and is out of it once it was reset', async () => {
    fake.branchHead = theirs;
    await decide('propose', theirs);
    const proposed = await validate('one');
    await decide('reset', theirs);
    const reset = await validate('two');

    expect([proposed, reset]).toMatchObject([{ outcome: 'passed' }, {}]);
    expect(await branchOf('one')).toMatchObject({ head: theirs, change: { head: theirs }, proposed: true });
    expect(await branchOf('two')).toMatchObject({ head: theirs, change: null, proposed: false });
  });

  it('counts for neither who wrote it nor who put it before the approvers, once it is part of what they approve', async () => {
    fake.branchHead = theirs;
    const { repository } = world.service.gitops;
    fake.people.set(`${repository} ${theirs}`, [
      { as: 'author', login: null, mail: 'mia@example.com', name: 'Mia' },
      { as: 'author', login: 'mallory', mail: 'mallory@home.example', name: 'Mallory' },
    ]);
    await decide('propose', theirs);
    await validate('one');

    const operation = await world.store.operations.read(id('one'));
    if (operation === null) throw new Error('there is no operation');
    const { involved, unknownAuthors } = await approvalTerms(world, operation, world.service);

    expect(involved).toEqual([
      { person: 'mia@example.com', as: ['author'] },
      { person: 'ana@example.com', as: ['proposal'] },
    ]);
    expect(unknownAuthors).toContain('mallory');
    expect(fake.asked).toContain(`contributors since ${ours}`);
  });

  it('is decided about as exactly that one: another on top ends the next deployment', async () => {
    fake.branchHead = 'f'.repeat(40);
    await decide('propose', theirs);

    expect(await validate('one')).toMatchObject({ outcome: 'refused' });
  });

  it('is found when the same deployment is validated again, too', async () => {
    const before = await validate('one');
    fake.branchHead = theirs;

    expect([before, await release.validate('one')]).toMatchObject([{ outcome: 'passed' }, { outcome: 'refused' }]);
  });
});

it('an Application that delivers something else than the chart ends the deployment before anybody is asked', async () => {
  await release.gather('one');
  const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
  const spec = { sources: [{}] };
  const problem = foreignDelivery('chest-xray-mlops-prod-green', { spec }, wantedDelivery(world.service, 'green'));
  const standbySource = { source: deliveredSource({ spec }, 'green'), differs: true, problem };
  await world.store.operations.update(id('one'), { live, standbySource });

  expect(await release.validate('one')).toEqual({
    ...{ outcome: 'refused', ending: 'failed-validation' },
    reason:
      'Application chest-xray-mlops-prod-green has several sources. What people approve is the folder chart of example/chest-xray-mlops-deploy: correct its source [NotApproved].',
  });
});

it('a head of Sluice\u2019s own that has moved meanwhile leaves what was approved as it is', async () => {
  await validate('one');
  const before = await branchOf('one');
  fake.branchHead = 'd'.repeat(40);
  const seen = await world.store.branches.read(world.service.name, 'green');
  await world.store.branches.replace(world.service.name, 'green', seen, { commit: fake.branchHead });

  expect(await release.validate('one')).toEqual({ outcome: 'passed' });
  expect(await branchOf('one')).toEqual(before);
});

it('a branch that cannot be read stops nothing yet: the commit is judged again', async () => {
  const away = releasing(world, fake, { readHead: async () => Promise.reject(new Error('GitHub is away')) });

  expect(await validate('one', away)).toEqual({ outcome: 'passed' });
});
