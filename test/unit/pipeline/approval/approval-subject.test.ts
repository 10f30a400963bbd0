import { beforeEach, describe, expect, it } from 'vitest';
import type { Application } from '../../../../adapters/gitops/argo-application.ts';
import type { EnvironmentBranch } from '../../../../adapters/gitops/environment-branch.ts';
import type { Execution } from '../../../../contracts/commands.ts';
import { NotFound } from '../../../../contracts/errors.ts';
import { createHandler as createAct } from '../../../../functions/act/handler.ts';
import { createApp } from '../../../../functions/approvals/app.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { editItem } from '../../../support/table.ts';
import { approving } from '../support/approving.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { inShift } from '../support/in-shift.ts';
import { approveAll, createWorld, digest, registerDeployment, type World } from '../support/world.ts';

let world: World;
let execution: Execution;
beforeEach(async () => {
  world = await createWorld();
  ({ execution } = await registerDeployment(world, { name: 'deploy-1' }));
});

const { notify, approval, decide, readIt } = approving(() => ({ world, execution }));
/** Evidence that is gathered again and says something else. */
async function evidenceChanges(state = 'failure') {
  const known = await world.store.releases.read(world.service.name, digest);
  if (known === null) throw new Error('nothing is known of the release');
  await world.store.releases.put(world.service.name, known.release, {
    ...known.evidence,
    staging: { state, url: null },
  });
}

describe('what is approved', () => {
  it('is named by its hash in the approval, each decision, the mail, the page and the audit', async () => {
    await notify('request-approval');
    await decide('ana@example.com');

    const { subject, decisions } = await approval();
    expect(subject).toMatch(/^[0-9a-f]{64}$/);
    expect(decisions).toMatchObject([{ approver: 'ana@example.com', subject }]);
    expect(world.mailer.sent[0]?.text).toContain(subject);
    const page = await createApp(world).request(`/approvals/${world.mailer.tokenOf('ben@example.com')}`);
    expect(await page.text()).toContain(subject);
    const audit = await world.store.audit.list(idOf(execution));
    expect(audit).toContainEqual(
      expect.objectContaining({
        action: 'decide-approval',
        details: expect.objectContaining({ wanted: expect.objectContaining({ subject }) }),
      }),
    );
  });

  it('shows pull requests with their addresses in both forms of the mail and on the page, and folds a long list', async () => {
    const url = (number: number) => `https://github.com/example/chest-xray-mlops/pull/${number}`;
    const pulls = Array.from({ length: 30 }, (_, at) => ({
      number: at + 1,
      title: `Reading ${at + 1}`,
      author: 'emil',
      url: url(at + 1),
    }));
    const nothing = { changes: null, chart: null, manifests: null, unknown: [] };
    await world.store.subjects.putGathered(idOf(execution), { since: { ...nothing, pulls }, contributors: null });

    await notify('request-approval');

    const [mail] = world.mailer.sent;
    expect(mail?.text).toContain(`#1: Reading 1 (emil) ${url(1)}\n`);
    expect(mail?.text).toContain('Others: 9 more, on the page');
    expect(mail?.html).toContain(`<a href="${url(1)}">Reading 1 (emil)</a>`);
    const page = await createApp(world).request(`/approvals/${world.mailer.tokenOf('ana@example.com')}`);
    const text = await page.text();
    for (const { url: address } of pulls) expect(text).toContain(`<a href="${address}"`);
    expect(text).toContain('<summary>18 more</summary>');
    // Whoever decides has it before the form, and a way straight to that.
    expect(text.indexOf('<form')).toBeGreaterThan(text.indexOf('Reading 30 '));
    expect(text.indexOf('href="#decide"')).toBeLessThan(text.indexOf('Reading 1 '));
  });

  it.each([
    [0, 3, '3 commits taken back'],
    [2, 1, '2 commits, 1 commit taken back'],
    [2, 0, '2 commits'],
  ])('says of %i new commits, and %i live ones that it has not: %s', async (total, behind, words) => {
    const changes = { commits: [], total, ...(behind === 0 ? {} : { behind }), url: null };
    const since = { changes, pulls: [], chart: null, manifests: null, unknown: [] };
    await world.store.subjects.putGathered(idOf(execution), { since, contributors: null });

    await notify('request-approval');

    expect(world.mailer.sent[0]?.text).toContain(`What changes: ${words} since `);
    expect(world.mailer.sent[0]?.text).toMatch(new RegExp(`Since: v[0-9.]+: ${words}\n`));
  });

  it('is asked for once as long as it stays the same, however often its evidence is gathered', async () => {
    await notify('request-approval');
    const { subject } = await approval();
    const known = await world.store.releases.read(world.service.name, digest);
    world.pass(3_600_000);
    if (known)
      await world.store.releases.put(world.service.name, known.release, { ...known.evidence, gatheredAt: world.now() });

    await notify('request-approval');

    expect((await approval()).subject).toBe(subject);
    expect(world.mailer.sent).toHaveLength(3);
    expect(await readIt()).toEqual({ outcome: 'pending' });
  });

  it('voids the decisions when it changes, asks everybody anew, and old links decide nothing', async () => {
    await notify('request-approval');
    const old = world.mailer.tokenOf('ben@example.com');
    await decide('ana@example.com');
    await decide('mia@example.com');
    await evidenceChanges();

    expect(await readIt()).toEqual({ outcome: 'subject-changed' });
    await notify('request-approval');

    expect(await approval()).toMatchObject({
      decisions: [],
      voided: [{ approver: 'ana@example.com' }, { approver: 'mia@example.com' }],
    });
    expect(world.mailer.recipients.slice(3)).toEqual(['ana@example.com', 'ben@example.com', 'mia@example.com']);
    expect(await readIt()).toEqual({ outcome: 'pending' });
    const answer = await decide('ben@example.com', {}, old);
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('has changed since this mail');
    expect((await approval()).decisions).toEqual([]);
    expect((await decide('ben@example.com')).status).toBe(200);
    expect((await approval()).decisions).toMatchObject([{ approver: 'ben@example.com' }]);
  });
});

it('ends as expired what keeps changing, so that nobody is asked for ever', async () => {
  const answers: unknown[] = [];
  for (let round = 0; round < 20 && answers.length < 20; round += 1) {
    await notify('request-approval');
    await evidenceChanges(`state ${round}`);
    const answer = await readIt();
    answers.push(answer.outcome);
    if (answer.outcome !== 'subject-changed') break;
  }

  expect(answers).toEqual([...Array(9).fill('subject-changed'), 'expired']);
});

describe('act', () => {
  const act = (command: object, route = {}) => {
    const committed: object[] = [];
    const branch = { commitRelease: async (wanted: object) => committed.push(wanted) } as unknown as EnvironmentBranch;
    const handle = createAct({
      ...world,
      wakeWaiting: async () => {},
      branch,
      cluster: () => ({ ...fakeCluster({ blue: 100, green: 0 }), ...route }),
    });
    return { committed, answer: handle({ execution, ...command }) };
  };
  /** Approved, with the lock, about to write to Git. */
  async function ready(approved = true) {
    const record = await world.store.operations.read(idOf(execution));
    if (record === null) throw new Error('not registered');
    if (approved) await approveAll(world, record);
    const claim = {
      operation: record.id,
      kind: 'deployment' as const,
      executionArn: execution.arn,
      at: record.startedAt,
      deadline: record.deadline,
    };
    const lock = await world.store.locks.acquire(world.service.name, claim);
    if (lock.kind !== 'acquired') throw new Error('the lock was not free');
    await world.store.operations.update(record.id, { target: 'green', origin: 'blue', epoch: lock.epoch });
    return record.id;
  }

  it('writes nothing to Git for what nobody approved', async () => {
    await ready(false);

    const { answer, committed } = act({ action: 'deploy-release' });

    expect(await answer).toMatchObject({
      outcome: 'not-approved',
      cause: 'drift',
      reason: expect.stringContaining('Nobody was asked'),
    });
    expect(committed).toEqual([]);
  });

  it.each<[string, (id: string) => Promise<unknown>, RegExp]>([
    [
      'another digest than the one approved',
      (id) =>
        world.store.operations.update(id, {
          release: {
            version: 'v2.1.0',
            chartTree: null,
            commit: 'c0ffee'.padEnd(40, '0'),
            digest: `sha256:${'ee'.repeat(32)}`,
          },
        }),
      /The image is unknown, but .* was approved/,
    ],
    [
      'another image under the same digest',
      async () => {
        const known = await world.store.releases.read(world.service.name, digest);
        const key = { pk: `RELEASE#${world.service.name}`, sk: `RELEASE#${digest}` };
        await editItem(world.table, key, 'release', { ...known?.release, image: 'evil.example/x' });
      },
      /The image is evil\.example\/x@sha256:\w+, but .*chest-xray-mlops@sha256:\w+ was approved/,
    ],
    [
      'another commit',
      (id) =>
        world.store.operations.update(id, {
          release: { version: 'v2.1.0', chartTree: null, commit: 'd'.repeat(40), digest },
        }),
      /The commit is d+, but c0ffee0+ was approved/,
    ],
    [
      'decisions on something else',
      (id) => world.store.approvals.change(id, (record) => ({ ...record, subject: 'f'.repeat(64) })),
      /approval of v2\.1\.0 is not proven/,
    ],
  ])('writes nothing to Git for %s', async (_, change, reason) => {
    const id = await ready();
    await change(id);

    const { answer, committed } = act({ action: 'deploy-release' });

    expect(await answer).toMatchObject({ outcome: 'not-approved', reason: expect.stringMatching(reason) });
    expect(committed).toEqual([]);
  });

  it('believes no subject that was written over in the table', async () => {
    const id = await ready();
    const { subject } = await approval();
    const kept = await world.store.subjects.read(id, subject ?? '');
    const key = { pk: `SUBJECT#${id}`, sk: `SUBJECT#${subject}` };
    await editItem(world.table, key, 'subject', { ...kept, risks: ['nothing to see'] });

    const { answer, committed } = act({ action: 'deploy-release' });

    expect(await answer).toMatchObject({
      outcome: 'not-approved',
      reason: expect.stringContaining('was changed after it was approved'),
    });
    expect(committed).toEqual([]);
  });

  it.each<[string, () => Promise<Application>, string]>([
    [
      'is gone',
      async () => {
        throw new NotFound('no Argo CD Application');
      },
      'Application chest-xray-mlops-prod-green has no source.',
    ],
    [
      'delivers something else',
      async () => ({ metadata: { name: 'app' }, spec: { sources: [{}] } }) as unknown as Application,
      'Application app has several sources.',
    ],
  ])('raises no weight once the target’s Application %s', async (_, read, reason) => {
    const other = await createWorld();
    const shifted = await inShift(other);
    const cluster = fakeCluster(shifted.route.weights);
    const handle = createAct({
      ...other,
      wakeWaiting: async () => {},
      branch: {} as EnvironmentBranch,
      cluster: () => ({ ...cluster, router: shifted.route, applications: { ...cluster.applications, read } }),
    });

    const set = await handle({ action: 'set-weight', execution: shifted.execution, weight: 50, seq: 4 });

    expect(set).toEqual({ outcome: 'drift', cause: 'drift', reason: expect.stringContaining(reason) });
    expect(shifted.route.weights).toEqual({ blue: 75, green: 25 });
  });

  it('raises no weight by hand on a side whose Application adds something else than when its release went live', async () => {
    const other = await createWorld();
    const shifted = await inShift(other);
    const { operation, route } = shifted;
    const key = { pk: `OPERATION#${operation.id}`, sk: 'OPERATION' };
    await editItem(other.table, key, 'kind', 'switch-traffic');
    await other.store.releases.mark(other.service.name, digest, { source: 'ab'.repeat(32) });
    const handle = createAct({
      ...other,
      wakeWaiting: async () => {},
      branch: {} as EnvironmentBranch,
      cluster: () => ({ ...fakeCluster(route.weights), router: route }),
    });

    const set = await handle({ action: 'set-weight', execution: shifted.execution, weight: 50, seq: 4 });

    expect(set).toMatchObject({
      outcome: 'drift',
      reason: expect.stringContaining('as when v2.1.0 went live: chart of https://'),
    });
    expect(route.weights).toEqual({ blue: 75, green: 25 });
  });

  it('raises no weight for another release than the one approved', async () => {
    const other = await createWorld();
    const shifted = await inShift(other);
    await other.store.operations.update(shifted.operation.id, {
      release: { version: 'v2.1.0', chartTree: null, commit: 'd'.repeat(40), digest },
    });
    const handle = createAct({
      ...other,
      wakeWaiting: async () => {},
      branch: {} as EnvironmentBranch,
      cluster: () => ({ ...fakeCluster(shifted.route.weights), router: shifted.route }),
    });

    const set = await handle({ action: 'set-weight', execution: shifted.execution, weight: 50, seq: 4 });

    expect(set).toMatchObject({ outcome: 'drift', cause: 'drift', reason: expect.stringContaining('was approved') });
    expect(shifted.route.weights).toEqual({ blue: 75, green: 25 });
  });
});
