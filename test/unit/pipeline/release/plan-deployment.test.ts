import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { RouteNotOurs } from '../../../../adapters/traffic/traffic-router.ts';
import { type ApiPlan, planSchema } from '../../../../contracts/api/plan.ts';
import { complianceSchema } from '../../../../contracts/configuration/compliance.ts';
import { performanceSchema } from '../../../../contracts/configuration/performance.ts';
import type { ServiceConfiguration } from '../../../../contracts/configuration/service.ts';
import { hours, milliseconds } from '../../../../contracts/duration.ts';
import { DependencyUnavailable } from '../../../../contracts/errors.ts';
import { later } from '../../../../contracts/instant.ts';
import { reasonCodeOf } from '../../../../contracts/reason.ts';
import type { ReasonCode } from '../../../../contracts/reason-codes.ts';
import type { ServiceCluster } from '../../../../pipeline/ports.ts';
import { type PlanQuestion, planDeployment } from '../../../../pipeline/release/plan-deployment.ts';
import { observeLive } from '../../../../pipeline/shift/live.ts';
import { approving } from '../support/approving.ts';
import { fakeCluster } from '../support/fake-cluster.ts';
import { operatorApi } from '../support/operator-api.ts';
import { FakeSource, goodFile, goodRun, greenJob, planning, releasing } from '../support/releasing.ts';
import {
  commit,
  createWorld,
  digest,
  executionOf,
  registerDeployment,
  registerGood,
  start,
  type World,
} from '../support/world.ts';

const live = { version: 'v2.0.0', digest: `sha256:${'cd'.repeat(32)}`, environment: 'blue' as const };
/** What runs on green is not yet the release of these tests. */
const cluster = () => fakeCluster({ blue: 100, green: 0 });

let world: World;
let fake: FakeSource;
/** What both the plan and the deployment see of the cluster. */
let seen: () => ServiceCluster;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  seen = cluster;
  await registerGood(world, live);
});

const plan = async (
  question: Partial<PlanQuestion> = {},
  changes: Partial<Parameters<typeof planDeployment>[0]> = {},
) => {
  const deps = { ...planning(world, fake), cluster: seen, ...changes };
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

/** Its route copies requests to the standby. */
function mirroring(): ServiceCluster {
  const { router, ...rest } = cluster();
  const read: typeof router.read = async (options) => {
    if (options?.purpose === 'rise') throw new RouteNotOurs('VirtualService production/shop', 'it has a mirror');
    return router.read(options);
  };
  return { ...rest, router: { ...router, read } };
}

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
    expect(unknown.traffic).toBeNull();
    expect(unknown.unknown).toContainEqual(expect.stringContaining('How much traffic'));
    configure({ traffic: { ...world.service.traffic, requestsPerSecond: 7 } });
    expect((await plan({}, { metrics: metrics(null) })).traffic).toEqual({ requestsPerSecond: 7, known: 'configured' });
  });

  it('measures the traffic by the counts of a comparison where nothing else counts it, at the source that has them', async () => {
    const source = { kind: 'prometheus' as const, url: 'https://shop.example.com' };
    const compare = { total: 'orders', bad: 'lost', tolerate: 0.01, notice: null };
    const { objectives } = world.service;
    const list = objectives.list.map((one, at) => (at === 0 ? { ...one, compare, source } : one));
    configure({ objectives: { ...objectives, samples: null, minSamples: 0, fast: null, list } });
    const metrics = (service: ServiceConfiguration) => ({
      query: async () => ({
        kind: 'value' as const,
        value: service.objectives.source === source ? (30 * objectives.window) / 1_000 : 1,
      }),
    });

    expect((await plan({}, { metrics })).traffic).toEqual({ requestsPerSecond: 60, known: 'measured' });
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

  it('says that it does not know whether the functions have their rights in the cluster, for which it cannot ask', async () => {
    const told = expect.stringMatching(/^Whether Sluice’s functions have the rights in the cluster .*`sluice doctor`/);
    expect((await plan()).unknown).toEqual([told]);

    configure({ mode: 'observe' });
    expect((await plan()).unknown).toEqual([]);
  });

  it('refuses a route past whose weights requests come, and still says what is live', async () => {
    expect(await plan({}, { cluster: mirroring })).toMatchObject({
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

/** Changes what a release must prove. */
const validateBy = (changes: Partial<ServiceConfiguration['validation']>) =>
  configure({ validation: { ...world.service.validation, ...changes } });
const imageBy = (changes: Partial<ServiceConfiguration['validation']['image']>) =>
  validateBy({ image: { ...world.service.validation.image, ...changes } });
const scanned = (critical: number) => ({
  ...{ digest, platform: null, status: 'COMPLETE', description: '', pushedAt: null },
  ...{ critical, high: 0, findings: [] },
});

/** A deployment of another version that is under way, and waits before the lock unless it has that. */
async function underWay(version: string, { at, hasLock = false }: { at: string; hasLock?: boolean }): Promise<string> {
  const { operation, execution } = await registerDeployment(world, { name: 'other' });
  const { id, release, startedAt, deadline } = operation;
  if (release === null) throw new Error('it has no release');
  await world.store.operations.update(id, { release: { ...release, version, commit: at } });
  const { locks, candidates } = world.store;
  if (hasLock) {
    const claim = { operation: id, kind: 'deployment' as const, executionArn: execution.arn, at: startedAt, deadline };
    await locks.acquire(world.service.name, claim);
  } else {
    const candidate = { operation: id, version, commit: at, at: startedAt, type: 'standard' as const };
    await candidates.replace(world.service.name, 'standard', null, candidate);
  }
  return id;
}

describe('what would refuse it is what the deployment itself says', () => {
  const closed = { kind: 'deny', schedule: '0 0 * * *', duration: hours(24), timeZone: 'UTC' } as const;
  const other = 'd'.repeat(40);
  const { notify, readIt } = approving(() => ({ world, execution: executionOf('real') }));

  /** Each refusal, with the version that is asked for where it is not v2.1.0. */
  const cases: readonly [string, ReasonCode, () => unknown, string?][] = [
    ['a tag that is not there', 'ReleaseUnknown', () => fake.tags.clear()],
    ['a red run', 'ReleaseUnknown', () => Object.assign(fake, { runs: [{ ...goodRun, conclusion: 'failure' }] })],
    ['no release in the run', 'ReleaseUnknown', () => fake.files.set(7, null)],
    ['a tag of what is another version', 'ReleaseUnknown', () => fake.tags.set('v3.0.0', commit), 'v3.0.0'],
    [
      'a run that builds no version of this service’s',
      'ReleaseUnknown',
      () => {
        configure({ versions: 'calendar' });
        fake.tags.set('2026.11.29', commit);
      },
      '2026.11.29',
    ],
    [
      'an image that is known as another release',
      'ReleaseChanged',
      () => registerGood(world, { version: 'v2.0.9', digest }),
    ],
    [
      'a red check',
      'ValidationFailed',
      () => fake.jobs.set(7, [greenJob('test'), { ...greenJob('security-scan'), conclusion: 'failure' }]),
    ],
    ['a commit that is not on the branch', 'ValidationFailed', () => Object.assign(fake, { isOn: () => false })],
    ['no staging', 'ValidationFailed', () => Object.assign(fake, { staging: null })],
    [
      'a model below its bound',
      'ValidationFailed',
      () => fake.files.set(7, { ...goodFile, model: { name: 'chest-xray', metrics: { accuracy: 0.5, recall: 0.97 } } }),
    ],
    [
      'an image that is gone',
      'ValidationFailed',
      () => Object.assign(fake, { image: { ...fake.image, present: false } }),
    ],
    [
      'an image with critical findings',
      'ValidationFailed',
      () => Object.assign(fake, { image: { ...fake.image, scans: [scanned(2)] } }),
    ],
    [
      'an image of another repository',
      'ValidationFailed',
      () => imageBy({ repositories: ['999999999999.dkr.ecr.us-east-1.amazonaws.com/*'] }),
    ],
    ['an image without its provenance', 'ValidationFailed', () => imageBy({ provenance: 'required' })],
    [
      'no change record, and no document',
      'ValidationFailed',
      () =>
        validateBy({
          compliance: complianceSchema.parse({ change: { pattern: 'CHG-\\d+' }, documents: ['docs/model-card.md'] }),
        }),
    ],
    [
      'a release that was slow on staging',
      'ValidationFailed',
      () => {
        fake.staging = { state: 'success', url: null, since: later(start, milliseconds(-hours(1))) };
        const { source } = world.service.objectives;
        const list = [{ name: 'latency', query: 'latency {{version}}', unit: 'milliseconds', max: 100 }];
        validateBy({ performance: { ...performanceSchema.parse({ list }), source } });
      },
    ],
    [
      'a release that is live already',
      'ReleaseNotNewer',
      () => {
        seen = () => fakeCluster({ blue: 0, green: 100 }, { green: 3 });
      },
    ],
    ['an older commit', 'ReleaseNotNewer', () => Object.assign(fake, { order: () => 'behind' })],
    ['a diverged commit', 'ReleaseNotNewer', () => Object.assign(fake, { order: () => 'diverged' })],
    ['a live release that Git does not know', 'ReleaseNotNewer', () => Object.assign(fake, { order: () => null })],
    [
      'a newer release that waits',
      'Superseded',
      () => {
        fake.order = (base) => (base === other ? 'behind' : 'ahead');
        return underWay('v2.2.0', { at: other });
      },
    ],
    [
      'a deployment of the same commit that waits',
      'Superseded',
      () => {
        fake.order = () => 'identical';
        return underWay('v2.1.0-again', { at: commit });
      },
    ],
    [
      'a deployment of the same commit that has the lock',
      'Superseded',
      () => underWay('v2.1.0-again', { at: commit, hasLock: true }),
    ],
    [
      'a hold',
      'ReleaseOnHold',
      () =>
        world.store.releases.hold(world.service.name, {
          ...{ digest, version: 'v2.1.0', reason: 'it was slow.', operation: 'op' },
          at: '2026-11-23T14:00:00.000Z',
        }),
    ],
    [
      'a freeze',
      'ServiceFrozen',
      () =>
        world.store.releases.freeze(world.service.name, {
          ...{ reason: 'both sides are bad', operation: null, by: 'ana@example.com' },
          at: '2026-11-23T14:00:00.000Z',
        }),
    ],
    ['windows that refuse', 'WindowClosed', () => configure({ windows: [closed], outsideWindows: 'refuse' })],
    [
      'a route past whose weights requests come',
      'RouteNotOurs',
      () => {
        seen = mirroring;
      },
    ],
    [
      'an Application that delivers something else',
      'NotApproved',
      () => {
        const { applications, ...rest } = cluster();
        const read: typeof applications.read = async (name) => {
          const found = await applications.read(name);
          const source = { ...found.spec.source, repoURL: 'https://github.com/elsewhere/charts.git' };
          return { ...found, spec: { ...found.spec, source } };
        };
        seen = () => ({ ...rest, applications: { ...applications, read } });
      },
    ],
    [
      'a commit of somebody else on the branch',
      'BranchChangedElsewhere',
      async () => {
        fake.branchHead = 'e'.repeat(40);
        const branch = await world.store.branches.read(world.service.name, 'green');
        await world.store.branches.replace(world.service.name, 'green', branch, { commit: 'c'.repeat(40) });
      },
    ],
    [
      'more commits than are read',
      'ContributorsUnreadable',
      () => {
        fake.source.contributors = async () => ({ people: [], pulls: [], commits: 300, complete: false });
      },
    ],
    [
      'approvals that nobody is left to give',
      'ApprovalUnfillable',
      () => {
        const { approvals } = world.service;
        const [devops, ...rest] = approvals.rules;
        if (devops === undefined) throw new Error('the fixture has no rule');
        configure({ approvals: { ...approvals, rules: [{ ...devops, members: ['ana@example.com'] }, ...rest] } });
      },
    ],
  ];

  /** What the state machine does until people have been asked: how a deployment that somebody starts ends there. */
  async function refusalOf(version: string): Promise<string> {
    const execution = executionOf('real');
    const release = releasing(world, fake);
    const reasonOf = (answer: object): string => ('reason' in answer ? String(answer.reason) : JSON.stringify(answer));
    const gathered = await release.gather('real', release.person({ version }));
    if (gathered.outcome !== 'gathered') return reasonOf(gathered);
    const prober = { probe: () => Promise.reject(new Error('nobody probes')) };
    const looking = { prober, pause: async () => undefined, patience: milliseconds(0) };
    try {
      await observeLive({ ...planning(world, fake), ...looking, cluster: seen }, execution);
    } catch (error) {
      // The machine ends the operation with the words of the fault.
      if (error instanceof RouteNotOurs) return error.message;
      throw error;
    }
    const validated = await release.validate('real');
    if (validated.outcome !== 'passed') return reasonOf(validated);
    await notify('request-approval');
    return reasonOf(await readIt());
  }

  it.each(cases)('%s [%s]', async (_, code, arrange, version = 'v2.1.0') => {
    await arrange();
    const planned = await plan({ version });

    const reason = await refusalOf(version);

    expect(reasonCodeOf(reason)).toBe(code);
    expect(planned.refusals.join(' ')).toContain(reason.replace(/\.$/, ''));
  });

  it('nothing, where the deployment goes ahead', async () => {
    const planned: ApiPlan = await plan();

    expect(planned.refusals).toEqual([]);
    expect(await refusalOf('v2.1.0')).toBe('{"outcome":"pending"}');
  });
});

describe('what would keep it from being started is what the API says', () => {
  const justification = 'images of no patient';
  const rolesOf = (deployers: string[]) =>
    Object.assign(world.configuration, {
      roles: { viewer: [], deployer: deployers, admin: ['ben@example.com'] },
    });

  const cases: readonly [string, () => unknown, { version?: string; type?: 'hotfix' }?][] = [
    ['a person without a role', () => rolesOf([])],
    ['a person who may not call it a hotfix', () => rolesOf(['ana@example.com']), { type: 'hotfix' }],
    ['a version that is written otherwise', () => undefined, { version: 'nightly-7' }],
    [
      'a hotfix of what is deployed as a standard release',
      () => registerDeployment(world, { name: 'first' }),
      { type: 'hotfix' },
    ],
    [
      'a version that was aborted again and again',
      async () => {
        const at = new Date(start).toISOString();
        for (const name of ['one', 'two', 'three']) {
          const { id } = (await registerDeployment(world, { name })).operation;
          await world.store.operations.enter(id, 'awaiting-approval', at);
          await world.store.operations.end(id, { outcome: 'aborted', reason: 'no', at });
        }
      },
    ],
  ];

  it.each(cases)('%s', async (_, arrange, asked = {}) => {
    const { version = 'v2.1.0', type = 'standard' }: Partial<PlanQuestion> = asked;
    await arrange();
    const planned = await plan({ version, type });

    const api = operatorApi(world, { newId: () => crypto.randomUUID() });
    const started = { service: world.service.name, version, type };
    const answer = await api.post('/api/deployments', type === 'hotfix' ? { ...started, justification } : started);

    expect(answer.status).toBeGreaterThanOrEqual(400);
    const { message } = await api.errorOf(answer);
    expect(planned.refusals.join(' ')).toContain(message.replace(/\.$/, ''));
    expect(world.workflow.started).toEqual([]);
  });
});
