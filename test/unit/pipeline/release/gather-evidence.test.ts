import { beforeEach, describe, expect, it } from 'vitest';
import { complianceSchema } from '../../../../contracts/configuration/compliance.ts';
import { minutes } from '../../../../contracts/duration.ts';
import { approvalTerms } from '../../../../pipeline/approval/request-approval.ts';
import { idOf } from '../../../../pipeline/operation/operation-context.ts';
import { FakeSource, goodFile, goodRun, greenJob, releasing } from '../support/releasing.ts';
import { commit, createWorld, digest, executionOf, registerGood, type World } from '../support/world.ts';

let world: World;
let fake: FakeSource;
let release: ReturnType<typeof releasing>;
beforeEach(async () => {
  world = await createWorld();
  fake = new FakeSource();
  release = releasing(world, fake);
});

const operationOf = async (name: string) => {
  const found = await world.store.operations.read(idOf(executionOf(name)));
  if (found === null) throw new Error(`${name} has registered no operation`);
  return found;
};
const known = async () => (await world.store.releases.read(world.service.name, digest))?.release;
const failed = (reason: RegExp) => ({ ending: 'failed-validation', reason: expect.stringMatching(reason) });
const later = { ...goodRun, id: 8, attempt: 1 };

describe('what a delivery says of its run', () => {
  it('is read back from GitHub: who started it is not who the payload names', async () => {
    fake.runs = [{ ...goodRun, actor: 'dana', triggeringActor: 'ana' }];

    await release.gather('one');

    const operation = await operationOf('one');
    expect(operation.actor).toBe('github:ana');
    expect(operation.trigger).toMatchObject({ actor: 'ana', runUrl: goodRun.url });
    const record = await world.store.releases.read(world.service.name, digest);
    expect(record?.evidence.actors).toEqual(['dana', 'ana']);
    expect(JSON.stringify([operation, record])).not.toMatch(/somebody-else|evil/);
  });

  it.each([
    ['event', { event: 'workflow_dispatch' }, /started by workflow_dispatch/],
    ['workflow', { workflow: '.github/workflows/other.yml' }, /workflow \.github\/workflows\/other\.yml/],
    ['branch', { branch: 'feature' }, /branch feature/],
    ['fork', { headRepositoryId: 999 }, /fork/],
    ['deleted fork', { headRepositoryId: null }, /fork/],
    ['conclusion', { conclusion: 'failure' as const }, /conclusion is failure/],
    ['commit', { commit: 'd'.repeat(40) }, /built commit dddd.*not c0ffee/],
  ])('counts for nothing where GitHub says another %s', async (_, facts, reason) => {
    fake.runs = [{ ...goodRun, ...facts }];

    expect(await release.gather('one')).toMatchObject({ outcome: 'refused', ...failed(reason) });
    expect(await operationOf('one')).toMatchObject({ actor: 'github:dana', release: null });
    expect(await known()).toBeUndefined();
  });

  it('counts for nothing where GitHub knows no such run, or no such attempt', async () => {
    expect(await release.gather('one', release.trigger({ runId: 9 }))).toMatchObject(failed(/no workflow run 9/));
    expect(await release.gather('two', release.trigger({ runAttempt: 2 }))).toMatchObject(failed(/no attempt 2/));
    expect((await operationOf('one')).actor).toBe('github');
  });

  it.each([
    ['event', { event: 'workflow_dispatch' }, /started by workflow_dispatch/],
    ['branch', { branch: 'feature' }, /branch feature/],
    ['fork', { headRepositoryId: 999 }, /fork/],
    ['workflow', { workflow: '.github/workflows/other.yml' }, /No successful run/],
  ])('is judged by the same rule for a version that a person names: %s', async (_, facts, reason) => {
    fake.runs = [{ ...goodRun, ...facts }];

    expect(await release.gather('one', release.person())).toMatchObject(failed(reason));
    expect(await release.gather('two', release.person({ version: 'v9.0.0' }))).toMatchObject(failed(/no tag v9/));
  });

  it('says of a version without its tag that there is one with the `v`, or without', async () => {
    fake.tags.set('v3.0.0', commit);

    const found = await release.gather('one', release.person({ version: '3.0.0' }));

    expect(found).toMatchObject(failed(/has no tag 3\.0\.0, but it has v3\.0\.0: deploy that/));
  });

  it('has the version that the person named', async () => {
    fake.tags.set('v3.0.0', commit);

    expect(await release.gather('one', release.person({ version: 'v3.0.0' }))).toMatchObject(
      failed(/Tag v3\.0\.0 .* built v2\.1\.0/),
    );
  });
});

describe('a release that is known', () => {
  it('is carried whole by its operation', async () => {
    await release.gather('one');

    expect((await operationOf('one')).release).toEqual({
      version: 'v2.1.0',
      commit,
      digest,
      // Until the branch that it goes to was looked at.
      chartTree: null,
    });
  });

  it('gets evidence of a later run, and keeps what it is and what was learned of it', async () => {
    await release.gather('one');
    await world.store.releases.mark(world.service.name, digest, { approvedAt: '2026-11-23T15:00:00.000Z' });
    const before = await known();
    fake.runs = [later];
    fake.jobs.set(8, [greenJob('test'), { ...greenJob('security-scan'), conclusion: 'failure' }]);
    fake.files.set(8, { ...goodFile, model: { name: 'chest-xray', metrics: { accuracy: 0.5 } } });

    expect(await release.gather('two', release.trigger({ runId: 8 }))).toMatchObject({ outcome: 'gathered' });

    const record = await world.store.releases.read(world.service.name, digest);
    expect(record?.release).toEqual(before);
    expect(record).toMatchObject({
      approvedAt: '2026-11-23T15:00:00.000Z',
      evidence: { model: { metrics: { accuracy: 0.5 } } },
    });
    expect(record?.evidence.checks.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure']);
  });

  it.each([
    ['image repository', { file: { image: 'elsewhere.example/somebody-elses' } }, /image repository elsewhere/],
    ['version', { file: { version: 'v9.9.9' } }, /version v9\.9\.9 instead of v2\.1\.0/],
    ['reversibility', { file: { reversible: false } }, /reversible false/],
    ['commit', { run: { commit: 'd'.repeat(40) } }, /commit dddd/],
  ])('is not overwritten by a later run that names another %s for its image', async (_, said, reason) => {
    await release.gather('one');
    const before = await world.store.releases.read(world.service.name, digest);
    fake.runs = [{ ...later, ...('run' in said ? said.run : {}) }];
    fake.files.set(8, { ...goodFile, ...('file' in said ? said.file : {}) });
    const run = fake.runs[0];

    const answer = await release.gather('two', release.trigger({ runId: 8, commit: run?.commit }));

    expect(answer).toMatchObject({ outcome: 'refused', ...failed(reason) });
    expect(await world.store.releases.read(world.service.name, digest)).toEqual(before);
    expect((await operationOf('two')).release).toBeNull();
  });
});

describe('who started a run', () => {
  const excluded = async (name: string) => {
    const operation = await operationOf(name);
    return (await approvalTerms(world, operation, world.service)).involved;
  };

  it('takes part in a release that is known from an earlier attempt, as the evidence is of theirs', async () => {
    await release.gather('one');
    fake.runs = [{ ...goodRun, attempt: 2, triggeringActor: 'mia' }];

    await release.gather('two', release.trigger({ runAttempt: 2 }));
    await release.validate('two');

    expect(await excluded('two')).toEqual([{ person: 'mia@example.com', as: ['run'] }]);
    fake.runs = [{ ...goodRun, attempt: 3 }];
    await release.gather('three', release.trigger({ runAttempt: 3 }));
    expect(await excluded('two')).toEqual([{ person: 'mia@example.com', as: ['run'] }]);
  });

  it('takes part also where another operation has brought in that evidence meanwhile', async () => {
    await release.gather('one');
    await release.validate('one');
    expect(await excluded('one')).toEqual([]);
    fake.runs = [{ ...goodRun, attempt: 2, triggeringActor: 'mia' }];

    await release.gather('two', release.trigger({ runAttempt: 2 }));

    expect(await excluded('one')).toEqual([{ person: 'mia@example.com', as: ['run'] }]);
  });
});

describe('gathering again', () => {
  it('refreshes the evidence of the same release', async () => {
    await release.gather('one', release.person());
    world.pass(minutes(20));

    expect(await release.gather('one', release.person())).toMatchObject({ outcome: 'gathered' });
    const record = await world.store.releases.read(world.service.name, digest);
    expect(record?.evidence.gatheredAt).toBe(world.now());
  });

  it('never changes what the operation is about: a tag that was moved ends it', async () => {
    await release.gather('one', release.person());
    const moved = 'd'.repeat(40);
    fake.tags.set('v2.1.0', moved);
    fake.runs = [{ ...later, commit: moved }];
    fake.files.set(8, { ...goodFile, digest: `sha256:${'ef'.repeat(32)}` });

    const answer = await release.gather('one', release.person());

    expect(answer).toMatchObject({ outcome: 'refused', ...failed(/is about v2\.1\.0 .*another release/) });
    expect((await operationOf('one')).release).toMatchObject({ commit, digest });
  });
});

describe('evidence that is under way', () => {
  const running = { ...greenJob('security-scan'), conclusion: null };
  const waits = async (name = 'one') => {
    const answer = await release.gather(name);
    if (answer.outcome !== 'waiting') throw new Error(`it does not wait: ${JSON.stringify(answer)}`);
    return answer;
  };

  it('is waited for, shown, and goes on by itself once it is there', async () => {
    fake.jobs.set(7, [greenJob('test'), running]);
    expect(await waits()).toMatchObject({ waitSeconds: 10 });
    expect(await operationOf('one')).toMatchObject({
      evidenceAwaited: ['security-scan: has not finished.'],
      checks: expect.arrayContaining([expect.objectContaining({ name: 'security-scan', result: 'inconclusive' })]),
    });

    world.pass(minutes(10));
    fake.jobs.delete(7);

    expect(await release.gather('one')).toMatchObject({ outcome: 'gathered' });
    expect(await release.validate('one')).toEqual({ outcome: 'passed' });
    expect(await operationOf('one')).toMatchObject({ evidenceAwaitedSince: null, evidenceAwaited: [] });
    const entries = await world.store.audit.list(idOf(executionOf('one')));
    expect(entries.filter(({ action }) => action === 'await-evidence')).toHaveLength(1);
  });

  it('has a deadline, after which it is missing (I11)', async () => {
    fake.staging = { state: 'in_progress', url: null };
    let looks = 0;
    let answer = await release.gather('one');
    const began = world.now();
    for (; answer.outcome === 'waiting'; looks += 1) {
      world.pass(answer.waitSeconds * 1_000);
      answer = await release.gather('one');
    }

    expect(answer).toMatchObject(failed(/staging: its state is in_progress\. Sluice waited for it for 30 min/));
    expect(world.now() - began).toBe(world.service.validation.waitFor);
    expect(looks).toBeLessThanOrEqual(13);
  });

  it('is not waited for where something else is red or missing', async () => {
    fake.jobs.set(7, [running]);

    expect(await release.gather('one')).toMatchObject({ outcome: 'gathered' });
    expect(await release.validate('one')).toMatchObject({ outcome: 'refused', ...failed(/^test: did not run/) });
  });

  it('is the run itself where somebody repeats it, though its release is known', async () => {
    fake.runs = [{ ...goodRun, attempt: 2, status: 'in_progress', conclusion: null }];
    fake.jobs.set(7, []);
    await waits();
    fake.files.set(7, null);
    await waits('two');
    fake.runs = [{ ...goodRun, attempt: 2, conclusion: 'failure' }];

    expect(await release.gather('one')).toMatchObject(failed(/conclusion is failure/));
  });

  it('is seen again by an abort', async () => {
    fake.jobs.set(7, [greenJob('test'), running]);
    await waits();
    await world.store.operations.update(idOf(executionOf('one')), {
      abort: { actor: 'ana@example.com', reason: 'not today' },
    });

    expect(await release.gather('one')).toMatchObject({
      outcome: 'refused',
      ending: 'aborted',
      reason: 'not today [Aborted]',
    });
  });

  it('takes nobody’s place, and gives way to a newer release that waits already', async () => {
    fake.jobs.set(7, [greenJob('test'), running]);
    await waits();
    expect(await world.store.candidates.read(world.service.name, 'standard')).toBeNull();
    const newer = {
      operation: 'newer',
      version: 'v2.2.0',
      commit: 'e'.repeat(40),
      at: '2026-11-23T15:00:00.000Z',
      type: 'standard' as const,
    };
    await world.store.candidates.replace(world.service.name, 'standard', null, newer);
    fake.order = () => 'behind';

    expect(await release.gather('one')).toMatchObject({
      ending: 'superseded',
      reason: expect.stringMatching(/older than v2\.2\.0/),
    });
  });
});

describe('required jobs', () => {
  const scan = { ...goodRun, id: 5, workflow: '.github/workflows/scan.yml' };
  const gathered = async () => {
    await release.gather('one');
    const record = await world.store.releases.read(world.service.name, digest);
    return record?.evidence.checks.map((one) => `${one.workflow}/${one.name} ${one.conclusion}`);
  };

  it('come from runs of the commit on the deployed branch of the repository itself', async () => {
    fake.jobs.set(7, [greenJob('test')]);
    fake.jobs.set(5, [greenJob('security-scan')]);
    fake.runs = [
      goodRun,
      { ...scan, workflow: goodRun.workflow, branch: 'mallory' },
      { ...scan, workflow: goodRun.workflow, headRepositoryId: 999 },
      { ...scan, workflow: 'dynamic/ci.yml' },
      scan,
    ].map((run, index) => ({ ...run, id: index === 0 ? 7 : 5 }));

    expect(await gathered()).toEqual(['ci.yml/test success']);
    expect(await release.validate('one')).toMatchObject(failed(/security-scan: did not run in ci\.yml/));
  });

  it('are all of a name, from every run of the workflow', async () => {
    fake.runs = [goodRun, { ...goodRun, id: 9 }];
    fake.jobs.set(9, [{ ...greenJob('test'), conclusion: 'failure' }]);

    expect(await gathered()).toContain('ci.yml/test failure');
    expect(await release.validate('one')).toMatchObject(failed(/test: ended as failure/));
  });

  it('may be of another workflow, which is waited for as long as it runs', async () => {
    const service = { ...world.service, validation: { ...world.service.validation } };
    service.validation.requiredChecks = [{ name: 'scan.yml/image', accept: [] }];
    const configuration = { ...world.configuration, services: [service] };
    release = releasing({ ...world, configuration }, fake);
    fake.runs = [goodRun, { ...scan, status: 'queued', conclusion: null }];
    fake.jobs.set(5, []);
    expect(await release.gather('one')).toMatchObject({ outcome: 'waiting' });

    fake.runs = [goodRun, scan];
    expect(await release.gather('one')).toMatchObject({ outcome: 'gathered' });
    expect(await release.validate('one')).toMatchObject(failed(/scan\.yml\/image: did not run in scan\.yml/));
    fake.jobs.set(5, [greenJob('image')]);
    await release.gather('two');
    expect(await release.validate('two')).toEqual({ outcome: 'passed' });
  });

  it('and staging are asked about by who may deploy there', async () => {
    await release.gather('one');

    expect(fake.asked).toEqual(['staging by github-actions[bot]']);
  });
});

describe('where Git cannot tell whether what is live is older', () => {
  const other = `sha256:${'cd'.repeat(32)}`;
  const judged = async (name: string, version: string, over: object = {}) => {
    await release.gather(name, release.person(over));
    const live = { version, digest: other, environment: 'blue' as const };
    await world.store.operations.update(idOf(executionOf(name)), { live });
    return release.validate(name);
  };

  it.each(['latest', 'main', '', '0.0.9'])('as with the label "%s", a person declares that it is', async (label) => {
    expect(await judged('one', label)).toMatchObject({
      outcome: 'refused',
      ending: 'failed-validation',
      reason: expect.stringMatching(/sluice deploy --version v2\.1\.0 --live-is-older/),
    });
    expect(await judged('two', label, { liveIsOlder: 'built by hand' })).toEqual({ outcome: 'passed' });
    const entries = await world.store.audit.list(idOf(executionOf('two')));
    expect(entries.filter(({ action }) => action === 'live-counts-as-older')).toMatchObject([
      { actor: 'ana@example.com', details: { reason: 'built by hand', details: { live: { version: label } } } },
    ]);
  });

  it('as with a rewritten history, too', async () => {
    fake.tags.set('v2.0.0', 'e'.repeat(40));
    fake.order = () => 'diverged';

    expect(await judged('one', 'v2.0.0')).toMatchObject({
      ending: 'failed-validation',
      reason: expect.stringMatching(/diverged/),
    });
    expect(await judged('two', 'v2.0.0', { liveIsOlder: 'new root' })).toEqual({ outcome: 'passed' });
  });

  it('but not against Git, which knows better', async () => {
    fake.tags.set('v2.2.0', 'e'.repeat(40));
    fake.order = () => 'behind';

    expect(await judged('one', 'v2.2.0', { liveIsOlder: 'I think so' })).toMatchObject({
      ending: 'superseded',
      reason: expect.stringMatching(/older than the live v2\.2\.0.*Use a rollback/),
    });
  });

  it('and a label without the v of its tag needs nobody', async () => {
    fake.tags.set('v2.0.5', 'e'.repeat(40));

    expect(await judged('one', '2.0.5')).toEqual({ outcome: 'passed' });
  });

  it('what a label says is believed only while Sluice has brought nothing there: it makes nothing good, and nobody uninvolved', async () => {
    fake.tags.set('v2.0.5', 'e'.repeat(40));
    fake.runs = [...fake.runs, { ...goodRun, id: 9, commit: 'e'.repeat(40) }];
    fake.jobs.set(9, [greenJob('test'), greenJob('security-scan')]);
    fake.files.set(9, { ...goodFile, version: 'v2.0.5', digest: other });
    await registerGood(world, { version: 'v2.0.4', digest: `sha256:${'77'.repeat(32)}` });

    await judged('one', 'v2.0.5');

    expect(fake.asked).toContain('contributors since history');
    expect(await world.store.releases.read(world.service.name, other)).toBeNull();
  });

  it('is adopted while Sluice has brought nothing there', async () => {
    fake.tags.set('v2.0.5', 'e'.repeat(40));
    fake.runs = [...fake.runs, { ...goodRun, id: 9, commit: 'e'.repeat(40) }];
    fake.jobs.set(9, [greenJob('test'), greenJob('security-scan')]);
    fake.files.set(9, { ...goodFile, version: 'v2.0.5', digest: other });

    await judged('one', 'v2.0.5');

    expect((await world.store.releases.read(world.service.name, other))?.succeededAt).not.toBeNull();
    expect(fake.asked).toContain(`contributors since ${'e'.repeat(40)}`);
  });

  it('is compared with by its commit: a branch may be called like its version', async () => {
    fake.tags.set('v2.0.5', 'e'.repeat(40));

    await judged('one', '2.0.5');
    await judged('two', 'v9.9.9', { liveIsOlder: 'built by hand' });

    expect(fake.asked).toContain(`contributors since ${'e'.repeat(40)}`);
    // Nobody knows which commit is live, so that everybody who ever wrote something may have written what comes in.
    expect(fake.asked).toContain('contributors since history');
  });
});

it('keeps where a change record was looked up, whether or not it was there', async () => {
  const compliance = complianceSchema.parse({
    change: { pattern: '#(\\d+)', lookup: 'github', repository: 'example/changes' },
  });
  Object.assign(world.service, { validation: { ...world.service.validation, compliance } });
  fake.messages.set(commit, 'fix: read DICOM (#12)');

  await release.gather('one');

  const record = await world.store.releases.read(world.service.name, digest);
  expect(record?.evidence.changes).toEqual([
    { id: '#12', lookedUp: 'https://github.com/example/changes/issues/12', issue: null },
  ]);
});

describe('a service that is only observed', () => {
  beforeEach(() => {
    const service = { ...world.service, mode: 'observe' as const };
    world = { ...world, service, configuration: { ...world.configuration, services: [service] } };
    release = releasing(world, fake);
  });

  it('gets an observation, which takes no place before the lock', async () => {
    expect(await release.gather('one')).toMatchObject({ outcome: 'observed' });

    expect(await operationOf('one')).toMatchObject({ kind: 'observation', release: { version: 'v2.1.0' } });
    expect(await world.store.candidates.read(world.service.name, 'standard')).toBeNull();
    const known = await world.store.releases.read(world.service.name, digest);
    expect(known).not.toBeNull();
  });

  it('is told what Sluice would have refused, by the same proofs', async () => {
    fake.jobs.set(7, [greenJob('test'), { ...greenJob('security-scan'), conclusion: 'failure' }]);

    expect(await release.gather('one')).toMatchObject({
      outcome: 'refused',
      ending: 'would-refuse',
      reason: expect.stringMatching(/security-scan.*\[ValidationFailed\]/),
    });
    expect((await operationOf('one')).checks).toContainEqual(
      expect.objectContaining({ name: 'security-scan', result: 'fail' }),
    );
  });

  it('is told of a run that counts for nothing as of one that would have been refused', async () => {
    fake.runs = [{ ...goodRun, conclusion: 'failure' }];

    expect(await release.gather('one')).toMatchObject({ outcome: 'refused', ending: 'would-refuse' });
  });
});
