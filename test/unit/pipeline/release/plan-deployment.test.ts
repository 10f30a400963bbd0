import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { RouteNotOurs } from '../../../../adapters/traffic/traffic-router.ts';
import { type ApiPlan, planSchema } from '../../../../contracts/api/plan.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { hours } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { type PlanQuestion, planDeployment } from '../../../../pipeline/release/plan-deployment.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { FakeSource, goodRun, greenJob, planning, releasing } from '../support/releasing.ts';
import { createWorld, digest, executionOf, registerDeployment, registerGood, type World } from '../support/world.ts';

const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
/** What runs on green is not yet the release of these tests. */
const cluster = () => fakeCluster({ blue: 100, green: 0 });

let world: World;
let fake: FakeSource;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  await registerGood(world, live);
});

const plan = async (
  question: Partial<PlanQuestion> = {},
  changes: Partial<Parameters<typeof planDeployment>[0]> = {},
) => {
  const deps = { ...planning(world, fake), cluster, ...changes };
  const found = await planDeployment(deps, world.service, {
    ...{ version: 'v2.1.0', type: 'standard', liveIsOlder: null, actor: 'ana@example.com', ...question },
  });
  // What the API answers has to be what its schema says.
  return planSchema.parse(JSON.parse(JSON.stringify(found)));
};

/** Changes the service that both the plan and the deployment are about. */
const configure = (changes: Partial<ServiceConfiguration>) => {
  Object.assign(world.service, changes);
};

async function everything(): Promise<unknown[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...world.table.aws }));
  const { Items = [] } = await client.send(new ScanCommand({ TableName: world.table.tableName }));
  client.destroy();
  return Items;
}

describe('the plan of a deployment', () => {
  it('says what would be deployed, by whom it has to be approved, when, and how it goes back', async () => {
    fake.commits = [{ sha: 'c0ffee'.padEnd(40, '0'), subject: 'fix: read DICOM', author: 'dana' }];

    const found = await plan();

    expect(found).toMatchObject({
      ...{ service: world.service.name, version: 'v2.1.0', refusals: [], waits: [], target: 'green', live },
      release: { digest, reversible: true },
      approvals: { state: 'pending', rules: expect.arrayContaining([expect.objectContaining({ role: 'devops' })]) },
      window: { state: 'open' },
      traffic: { requestsPerSecond: expect.any(Number), known: 'measured' },
    });
    expect(found.checks.map(({ result }) => result)).toEqual(found.checks.map(() => 'pass'));
    expect(found.checks.length).toBeGreaterThan(2);
    expect(JSON.stringify(found.subject?.changes)).toContain('fix: read DICOM');
    expect(found.steps.map(({ weight }) => weight)).toEqual(world.service.traffic.steps);
    expect(found.steps.every(({ notices }) => notices.length > 0)).toBe(true);
    expect(found.ways.map(({ takes }) => takes)).toEqual(['seconds', 'seconds', 'minutes']);
  });

  it('leaves no trace: no record, no message, nothing at GitHub', async () => {
    const before = await everything();
    const writes: string[] = [];
    fake.source.createDeployment = async () => {
      writes.push('deployment');
      return 1;
    };

    await plan();

    expect(await everything()).toEqual(before);
    expect([writes, world.workflow.started, world.mailer.sent]).toEqual([[], [], []]);
  });

  it('measures the traffic of both sides, else takes what is configured, else says that it does not know', async () => {
    const metrics = (value: number | null) => () => ({
      query: async (_: string, { environment }: { environment?: string }) =>
        value === null
          ? { kind: 'unreachable' as const, reason: 'no answer' }
          : environment === 'blue'
            ? { kind: 'value' as const, value }
            : { kind: 'no-data' as const },
    });
    const windowSeconds = world.service.objectives.window / 1_000;

    expect((await plan({}, { metrics: metrics(50 * windowSeconds) })).traffic).toEqual({
      requestsPerSecond: 50,
      known: 'measured',
    });
    const unknown = await plan({}, { metrics: metrics(null) });
    expect(unknown).toMatchObject({ traffic: null, unknown: [expect.stringContaining('How much traffic')] });
    configure({ traffic: { ...world.service.traffic, requestsPerSecond: 7 } });
    expect((await plan({}, { metrics: metrics(null) })).traffic).toEqual({ requestsPerSecond: 7, known: 'configured' });
  });

  it('says who does not count, and why: whoever would start it among them', async () => {
    const found = await plan({ actor: 'ana@example.com' });

    expect(found.approvals?.notCounting).toContain(
      'ana@example.com asked for this release, so their approval does not count.',
    );
    expect(found.approvals?.rules.flatMap(({ from }) => from)).not.toContain('ana@example.com');
  });

  it('of a program is that of a run of CI: nobody has asked for it', async () => {
    expect((await plan({ actor: null })).approvals?.notCounting).toEqual([]);
  });

  it('says where the cluster does not answer that it does not know what is live, and the rest', async () => {
    const away = () => ({
      ...cluster(),
      router: {
        ...cluster().router,
        read: async () => {
          throw new DependencyUnavailable('Kubernetes', 'the cluster does not answer');
        },
      },
    });

    const found = await plan({}, { cluster: away });

    expect(found).toMatchObject({
      live: null,
      unknown: expect.arrayContaining([expect.stringContaining('What is live')]),
    });
    expect(found.checks.length).toBeGreaterThan(0);
  });

  it('refuses a route past whose weights requests come, and still says what is live', async () => {
    const odd = () => {
      const { router, ...rest } = cluster();
      const read: typeof router.read = async (options) => {
        if (options?.purpose === 'rise') throw new RouteNotOurs('VirtualService production/shop', 'it has a mirror');
        return router.read(options);
      };
      return { ...rest, router: { ...router, read } };
    };

    expect(await plan({}, { cluster: odd })).toMatchObject({
      live,
      refusals: [expect.stringContaining('it has a mirror')],
    });
  });

  it('says what it would wait for: evidence under way, and whoever holds the lock', async () => {
    fake.jobs.set(7, [greenJob('test'), { ...greenJob('security-scan'), conclusion: null }]);
    await world.store.locks.acquire(world.service.name, {
      ...{ operation: 'other', kind: 'rollback', executionArn: 'arn:other' },
      ...{ at: '2026-11-23T15:00:00.000Z', deadline: '2026-11-23T16:00:00.000Z' },
    });

    const { waits, refusals } = await plan();

    expect(waits).toEqual([expect.stringContaining('other is in progress'), expect.stringContaining('security-scan')]);
    expect(refusals).toEqual([]);
  });

  it('says whom it would supersede', async () => {
    const { operation } = await registerDeployment(world, { name: 'older' });
    if (operation.release === null) throw new Error('it has no release');
    await world.store.operations.update(operation.id, { release: { ...operation.release, version: 'v2.0.9' } });
    const candidate = {
      operation: operation.id,
      version: 'v2.0.9',
      commit: 'd'.repeat(40),
      at: operation.startedAt,
      type: 'standard' as const,
    };
    await world.store.candidates.replace(world.service.name, 'standard', null, candidate);

    expect((await plan()).effects).toEqual([`It would supersede v2.0.9 (operation ${operation.id}), which waits.`]);
  });

  it('says of a version that is under way that it would be joined, which only a hotfix cannot', async () => {
    const { operation } = await registerDeployment(world, { name: 'first' });
    const { id, state } = operation;
    const { commit = '' } = operation.release ?? {};
    const candidate = { operation: id, version: 'v2.1.0', commit, at: operation.startedAt, type: 'standard' as const };
    await world.store.candidates.replace(world.service.name, 'standard', null, candidate);

    const joining = await plan();
    expect(joining.refusals).toEqual([]);
    expect(joining.effects).toEqual([
      `Nothing would be started: it would join deployment ${id} (${state}), which already deploys it.`,
    ]);
    expect((await plan({ type: 'hotfix' })).refusals).toEqual([expect.stringContaining(`sluice abort ${id} --reason`)]);
  });

  it('is not for who may start nothing', async () => {
    Object.assign(world.configuration, {
      roles: { viewer: [], deployer: ['ben@example.com'], admin: ['ben@example.com'] },
    });

    expect((await plan()).refusals).toEqual([expect.stringContaining('needs the role deployer')]);
  });
});

describe('what would refuse it is what the deployment itself says', () => {
  const closed = { kind: 'deny', schedule: '0 0 * * *', duration: hours(24), timeZone: 'UTC' } as const;
  const cases: readonly [string, () => unknown][] = [
    ['a tag that is not there', () => fake.tags.clear()],
    ['a red run', () => Object.assign(fake, { runs: [{ ...goodRun, conclusion: 'failure' }] })],
    ['no release in the run', () => fake.files.set(7, null)],
    [
      'a red check',
      () => fake.jobs.set(7, [greenJob('test'), { ...greenJob('security-scan'), conclusion: 'failure' }]),
    ],
    ['no staging', () => Object.assign(fake, { staging: null })],
    ['an image that is gone', () => Object.assign(fake, { image: { ...fake.image, present: false } })],
    ['an older commit', () => Object.assign(fake, { order: () => 'behind' })],
    ['a diverged commit', () => Object.assign(fake, { order: () => 'diverged' })],
    [
      'a hold',
      () =>
        world.store.releases.hold(world.service.name, {
          ...{ digest, version: 'v2.1.0', reason: 'it was slow.', operation: 'op' },
          at: '2026-11-23T14:00:00.000Z',
        }),
    ],
    [
      'a freeze',
      () =>
        world.store.releases.freeze(world.service.name, {
          ...{ reason: 'both sides are bad', operation: null, by: 'ana@example.com' },
          at: '2026-11-23T14:00:00.000Z',
        }),
    ],
    ['windows that refuse', () => configure({ windows: [closed], outsideWindows: 'refuse' })],
    [
      'a commit of somebody else on the branch',
      async () => {
        fake.branchHead = 'e'.repeat(40);
        const seen = await world.store.branches.read(world.service.name, 'green');
        await world.store.branches.replace(world.service.name, 'green', seen, { commit: 'c'.repeat(40) });
      },
    ],
  ];

  it.each(cases)('%s', async (_, arrange) => {
    await arrange();
    const planned = await plan();

    const release = releasing(world, fake);
    const gathered = await release.gather('real', release.person());
    await world.store.operations.update(idOf(executionOf('real')), { live, standbyCommit: null });
    const ended = gathered.outcome === 'gathered' ? await release.validate('real') : gathered;

    expect(ended).toMatchObject({ outcome: 'refused' });
    const { reason } = ended as { reason: string };
    expect(planned.refusals.join(' ')).toContain(reason.replace(/\.$/, ''));
  });

  it('nothing, where the deployment goes ahead', async () => {
    const planned: ApiPlan = await plan();

    const release = releasing(world, fake);
    await release.gather('real', release.person());
    await world.store.operations.update(idOf(executionOf('real')), { live, standbyCommit: null });

    expect([planned.refusals, await release.validate('real')]).toEqual([[], { outcome: 'passed' }]);
  });
});
