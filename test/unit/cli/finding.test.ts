import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { because } from '../../../contracts/reason.ts';
import { type FakeSluice, operationOf, refusal, runSluice, serviceOf, startFakeSluice } from './support.ts';

let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
});
afterEach(() => sluice.close());

const command = (...words: string[]) =>
  runSluice(words, { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 'token', SLUICE_USER: 'ana@example.com' } });
const list = (...operations: object[]) => ({ body: { operations } });
const ended = operationOf({ id: 'before', state: 'ended', outcome: 'succeeded', reason: 'all on blue' });
const decisions = () => sluice.asked.filter(({ method }) => method === 'POST').map(({ path }) => path);

describe('an approval without an id', () => {
  beforeEach(() => {
    sluice.answers.set('GET /api/operations/op1', { body: operationOf({ state: 'awaiting-approval' }) });
    sluice.answers.set('POST /api/operations/op1/decision', { body: operationOf({ state: 'awaiting-approval' }) });
  });

  it('waits until the release was validated and asks for it', async () => {
    sluice.answers.set('GET /api/operations', [
      list(operationOf({ state: 'gathering-evidence', release: null }), ended),
      list(operationOf({ state: 'validating' }), ended),
      list(operationOf({ state: 'awaiting-approval' }), ended),
    ]);

    const { exitCode } = await command('approve', '--version', 'v2.1.0');

    expect([exitCode, decisions()]).toEqual([0, ['/api/operations/op1/decision']]);
  });

  it.each([
    ['nothing is under way', []],
    [
      'another version asks',
      [
        operationOf({
          state: 'awaiting-approval',
          release: { version: 'v2.2.0', commit: 'c0ffee', digest: 'sha256:ab' },
        }),
      ],
    ],
    ['it was approved before', [operationOf({ state: 'shifting-traffic' })]],
  ])('is refused at once when %s', async (_what, operations) => {
    sluice.answers.set('GET /api/operations', list(...operations, ended));

    const { exitCode, err } = await command('approve', '--version', 'v2.1.0');

    expect([exitCode, decisions()]).toEqual([2, []]);
    expect(err).toContain('v2.1.0 waits for no approval: its deployment ');
    expect(sluice.asked).toHaveLength(1);
  });

  it('of what a hold ended says why it ended, and not to release a hold that may be released already', async () => {
    const advice = 'Release the hold first: sluice release-hold --version v2.1.0 --service shop --reason "…"';
    const reason = because('ReleaseOnHold', 'v2.1.0 is on hold since 14:00: it was slow', advice);
    const refused = operationOf({ id: 'op0', state: 'ended', outcome: 'failed-validation', reason });
    sluice.answers.set('GET /api/operations', list(refused));

    const { err } = await command('approve', '--version', 'v2.1.0');

    expect(err).toContain('v2.1.0 is on hold since 14:00: it was slow [ReleaseOnHold].\n');
    expect(err).toContain('To deploy it again: sluice deploy --version v2.1.0\n');
  });

  it('with what was read decides on that, and on nothing that it became since', async () => {
    const subject = { hash: 'ab'.repeat(32), risks: [], short: [], changes: [], model: [], plan: [], diffs: [] };
    const at = '2026-11-24T15:00:00.000Z';
    const approvals = {
      ...{ state: 'pending' as const, rules: [], decisions: [], missing: [], forged: [], distinct: true, subject },
      ...{ requestedAt: at, expiresAt: at, excluded: [], involved: [], unknownAuthors: [], notCounting: [] },
    };
    const asking = operationOf({ state: 'awaiting-approval', approvals });
    sluice.answers.set('GET /api/operations/op1', { body: asking });
    sluice.answers.set('POST /api/operations/op1/decision', { body: asking });
    const approve = (read: string) => command('approve', 'op1', '--version', 'v2.1.0', '--subject', read);

    const other = await approve('cdcdcdcd');
    expect([other.exitCode, decisions()]).toEqual([3, []]);
    expect(other.err).toContain('what you have read (cdcdcdcd) is not what is to be approved now');
    const same = await approve('ABABABABABAB');
    expect([same.exitCode, decisions()]).toEqual([0, ['/api/operations/op1/decision']]);
  });

  it('does not wait forever', async () => {
    sluice.answers.set('GET /api/operations', list(operationOf({ state: 'validating' })));

    expect((await command('approve', '--version', 'v2.1.0')).exitCode).toBe(2);
  });
});

it('a version of a sandbox misbehaves as it is told, or is well again', async () => {
  const { url } = sluice;
  const secrets = { githubWebhook: 's1', alertmanagerToken: 's2', apiToken: 's3', githubToken: 's4' };
  const webhooks = { githubWebhook: `${url}/github`, alertmanagerWebhook: `${url}/alertmanager` };
  const ready = { console: url, github: url, kubeconfig: '/k', endpoints: { s3: url }, secrets, ...webhooks };
  const files = { '.sluice/ready.json': JSON.stringify(ready) };
  const set = (...words: string[]) => runSluice(['sandbox', 'set-fault', '--version', 'v2.2.0', ...words], { files });
  const well = { version: 'v2.2.0', errorRate: 0, latencyMs: 0, unhealthy: false };
  sluice.answers.set('POST /api/sandbox/faults', [
    { body: { ...well, errorRate: 0.2, latencyMs: 500, unhealthy: true, crashing: true } },
    { body: well },
  ]);

  const bad = await set('--error-rate', '0.2', '--latency', '500ms', '--unhealthy', '--crashing');
  const good = await set();
  const wrong = await set('--error-rate', '20');

  expect(bad.out).toBe(
    'v2.2.0, from now on: 20 % of its answers fail, each answer takes 500 ms longer, its health checks fail, its pods crash.\n',
  );
  expect(good.out).toBe('v2.2.0 is well again.\n');
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('a share from 0 to 1')]);
  expect(sluice.asked.map(({ body }) => body)).toMatchObject([
    { version: 'v2.2.0', errorRate: 0.2, latencyMs: 500, unhealthy: true, crashing: true },
    { version: 'v2.2.0', errorRate: 0, latencyMs: 0, unhealthy: false, crashing: false },
  ]);
});

describe('what was fired at a sandbox', () => {
  const fire = (...words: string[]) => {
    const { url } = sluice;
    const secrets = { githubWebhook: 's1', alertmanagerToken: 's2', apiToken: 's3', githubToken: 's4' };
    const webhooks = { githubWebhook: `${url}/github`, alertmanagerWebhook: `${url}/alertmanager` };
    const ready = { console: url, github: url, kubeconfig: '/k', endpoints: { s3: url }, secrets, ...webhooks };
    const files = { '.sluice/ready.json': JSON.stringify(ready) };
    return runSluice(['sandbox', 'fire-alert', ...(words.length === 0 ? ['--service', 'shop'] : words)], { files });
  };

  const start = (state: string, reason: string | null = null, outcome = 'ignored') => ({
    body: { execution: 'arn:1', state, outcome: state === 'ended' ? outcome : null, reason },
  });
  const answered = (answer: object) => sluice.answers.set('POST /alertmanager', { body: { alerts: [answer] } });
  beforeEach(() => {
    answered({ accepted: true, operation: 'op1', execution: 'arn:1' });
    sluice.answers.set('GET /api/starts/arn%3A1', start('running'));
  });

  it('is refused where several services are there and none is named, with their names', async () => {
    const named = (name: string) => ({ ...serviceOf(), name });
    sluice.answers.set('GET /api/services', { body: { services: [named('shop'), named('cart')] } });

    const { exitCode, err } = await fire('--environment', 'green');

    expect(exitCode).toBe(2);
    expect(err).toContain('Pass --service: shop, cart');
    expect(sluice.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('is waited for until the next command finds it', async () => {
    const none = refusal(404, 'NotFound', 'There is no operation op1.');
    sluice.answers.set('GET /api/operations/op1', [none, none, { body: operationOf() }]);

    const { exitCode, out, err } = await fire();

    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('sluice operation op1 --watch');
    expect(sluice.asked.filter(({ path }) => path === '/api/operations/op1')).toHaveLength(3);
  });

  it('says why it changed nothing, and leads to no operation that is not there', async () => {
    sluice.answers.set('GET /api/starts/arn%3A1', [start('running'), start('ended', 'blue has no traffic')]);

    const { exitCode, out, err } = await fire();

    expect([exitCode, out]).toEqual([0, '']);
    expect(err).toContain('changed nothing: blue has no traffic');
  });

  it('says how an alert that changed nothing ends, with the labels that it has', async () => {
    sluice.answers.set('GET /api/starts/arn%3A1', start('ended', 'blue has no traffic'));

    const { err } = await fire('--service', 'shop', '--environment', 'blue', '--name', 'Slow answers');

    expect(err).toContain(
      "Resolve it: sluice sandbox fire-alert --environment blue --service shop --name 'Slow answers' --status resolved\n",
    );
  });

  it('is no refusal when it is resolved', async () => {
    answered({ accepted: false, reason: 'HighErrorRate: is resolved' });

    const { exitCode, out } = await fire('--service', 'shop', '--status', 'resolved');

    expect([exitCode, out]).toEqual([0, 'It was taken note of: HighErrorRate is resolved.\n']);
  });

  it('says that a person has to decide, and not that something was paused where nothing was', async () => {
    sluice.answers.set(
      'GET /api/starts/arn%3A1',
      start('ended', 'no operation is in progress, so nothing was paused', 'paused'),
    );

    const { exitCode, err } = await fire();

    expect(exitCode).toBe(0);
    expect(err).toContain('a person has to decide: no operation is in progress, so nothing was paused');
    expect(err).not.toMatch(/changed nothing|paused what/);
  });

  it('is told although nobody can be asked about it just now', async () => {
    sluice.answers.set('GET /api/operations/op1', refusal(503, 'DependencyUnavailable', 'DynamoDB: no answer'));

    expect(await fire()).toMatchObject({ exitCode: 0, out: expect.stringContaining('Operation op1') });
  });
});

describe('an operation without an id', () => {
  it('is the one under way', async () => {
    sluice.answers.set('GET /api/operations', list(ended, operationOf({ id: 'now' })));
    sluice.answers.set('GET /api/operations/now', [
      { body: operationOf({ id: 'now' }) },
      { body: operationOf({ id: 'now', state: 'ended', outcome: 'succeeded', reason: 'all on green' }) },
    ]);

    const { exitCode, out } = await command('operation', '--watch');

    expect(exitCode).toBe(0);
    expect(out).toContain('all on green');
    expect(out).toContain('Operation now: deployment of shop v2.1.0\n');
  });

  it('is the newest where nothing is under way', async () => {
    sluice.answers.set('GET /api/operations', list(ended, operationOf({ id: 'older', outcome: 'aborted' })));
    sluice.answers.set('GET /api/operations/before', { body: ended });

    expect((await command('operation')).out).toContain('before  deployment of shop v2.1.0');
  });

  it('is asked for where two may be meant, each with what it does', async () => {
    sluice.answers.set('GET /api/operations', list(operationOf({ id: 'one' }), operationOf({ id: 'two' })));

    const { exitCode, err } = await command('abort', '--reason', 'enough');

    expect(exitCode).toBe(2);
    expect(err).toContain('There is more than one unfinished operation (2). Name one:');
    expect(err).toContain('  one  deployment of shop v2.1.0\n  two  deployment of shop v2.1.0');
  });

  it('is usage where there was none', async () => {
    sluice.answers.set('GET /api/operations', list());

    expect((await command('operation', '--watch')).exitCode).toBe(2);
  });
});
