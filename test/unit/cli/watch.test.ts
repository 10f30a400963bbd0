import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type FakeSluice, operationOf, refusal, runSluice, startFakeSluice, type TestWorld } from './support.ts';

let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
});
afterEach(() => sluice.close());

const watch = (world: TestWorld = {}) =>
  runSluice(['operation', 'op1', '--watch'], { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' }, ...world });
const answers = (...bodies: object[]) =>
  sluice.answers.set(
    'GET /api/operations/op1',
    bodies.map((body) => ({ body })),
  );
const ended = operationOf({
  state: 'ended',
  outcome: 'succeeded',
  reason: 'all on green',
  weights: { blue: 0, green: 100 },
});

it('tells each change once, as plain lines in a pipe', async () => {
  const waiting = operationOf({
    state: 'awaiting-approval',
    waiting: {
      kind: 'approval',
      text: 'Waiting for 1 approval (devops): ana@example.com.',
      until: { text: 'Expires', at: '2026-11-23T12:20:00.000Z' },
      next: [{ what: 'Approve', command: 'sluice approve op1 --version v2.1.0' }],
    },
  });
  const shifting = operationOf({ weights: { blue: 95, green: 5 } });
  answers(waiting, waiting, shifting, shifting, ended);

  const { exitCode, out } = await watch();

  expect(exitCode).toBe(0);
  expect(out.split('\n').map((line) => line.replace(/^\d\S+Z /, ''))).toEqual([
    'awaiting-approval',
    'Waiting for 1 approval (devops): ana@example.com. Expires in 3 h 20 min (2026-11-23 12:20:00Z).',
    '  Approve: sluice approve op1 --version v2.1.0',
    'shifting-traffic',
    'traffic: blue 95 %, green 5 %',
    'traffic: blue 0 %, green 100 %',
    'succeeded: all on green',
    '',
  ]);
  expect(out).not.toContain('\u001b');
});

it('gives each line the time at which it happened, also when one looks later', async () => {
  const check = { name: 'scan', result: 'pass' as const, reason: 'clean', at: '2026-11-23T08:00:01.000Z' };
  const approvals = {
    state: 'approved' as const,
    requestedAt: '2026-11-23T08:00:02.000Z',
    expiresAt: '2026-11-24T08:00:02.000Z',
    rules: [],
    decisions: [
      {
        approver: 'ana@example.com',
        decision: 'approve' as const,
        reason: null,
        at: '2026-11-23T08:10:00.000Z',
        via: 'mail-link' as const,
      },
    ],
    missing: [],
    excluded: [],
    unknownAuthors: [],
  };
  answers({ ...ended, checks: [check], approvals, endedAt: '2026-11-23T08:59:59.000Z' });

  const { out } = await watch();

  expect(out.split('\n')).toEqual([
    '08:00:01Z check scan: passed: clean',
    '08:10:00Z approved by ana@example.com (mail-link)',
    expect.stringMatching(/Z traffic: blue 0 %, green 100 %$/),
    '08:59:59Z succeeded: all on green',
    '',
  ]);
});

it('on a terminal a last line is rewritten in place and never wraps', async () => {
  answers(operationOf({ weights: { blue: 75, green: 25 } }), ended);

  const { out } = await watch({ terminal: { columns: 30 } });

  const rewritten = out.split('\r\u001b[2K').filter((part) => part !== '');
  const [bar] = (rewritten[0] ?? '').split('\n').slice(-1);
  expect(bar).toMatch(/^… {2}v2\.1\.0 {2}shifting-traf/);
  expect(bar).toHaveLength(29);
  expect(out.endsWith('\r\u001b[2K')).toBe(true);
});

it('interrupting ends the watching only, and says how to go on', async () => {
  answers(operationOf());
  let interrupt = () => {};
  const onInterrupt = (listener: () => void) => {
    interrupt = listener;
    return () => undefined;
  };

  const { exitCode, err } = await watch({ onInterrupt, pause: async () => interrupt() });

  expect(exitCode).toBe(130);
  expect(err).toContain('sluice operation op1 --watch');
  expect(sluice.asked.every(({ method }) => method === 'GET')).toBe(true);
});

it('a server that is away for a while is waited for, and that is said once', async () => {
  const away = refusal(503, 'NotReady', 'The sandbox is starting.');
  sluice.answers.set('GET /api/operations/op1', [{ body: operationOf() }, away, away, away, { body: ended }]);

  const { exitCode, err } = await watch();

  expect(exitCode).toBe(0);
  expect(err.match(/Trying again/g)).toHaveLength(1);
});

it('a server that stays away ends the watching with 5 and says how to go on', async () => {
  sluice.answers.set('GET /api/operations/op1', [{ body: operationOf() }, refusal(503, 'NotReady', 'It is starting.')]);

  const { exitCode, err } = await watch();

  expect(exitCode).toBe(5);
  expect(err).toContain('sluice operation op1 --watch');
});

it('a start that had nothing to do is told with its reason instead of waiting for an operation', async () => {
  sluice.answers.set('POST /api/rollbacks', { status: 202, body: { operation: 'op1', execution: 'arn:1' } });
  sluice.answers.set('GET /api/starts/arn%3A1', [
    { body: { execution: 'arn:1', state: 'running', outcome: null, reason: null } },
    { body: { execution: 'arn:1', state: 'ended', outcome: 'ignored', reason: 'v2.0.5 on blue is on hold' } },
  ]);
  const words = ['rollback', '--version', 'v2.0.5', '--reason', 'errors', '--emergency', '--service', 'shop'];

  const { exitCode, err, out } = await runSluice(words, { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' } });

  expect(exitCode).toBe(3);
  expect(err).toContain('Ignored: v2.0.5 on blue is on hold');
  // No id that leads nowhere.
  expect(out + err).not.toContain('op1');
});

it('an operation that is not there is not waited for', async () => {
  expect((await watch()).exitCode).toBe(2);
});

it('an abort is done when the operation has ended as aborted', async () => {
  sluice.answers.set('POST /api/operations/op1/abort', { status: 202, body: { operation: 'op1', rollback: null } });
  answers(operationOf(), operationOf({ state: 'ended', outcome: 'aborted', reason: 'wrong one' }));
  const words = ['abort', 'op1', '--reason', 'wrong one'];

  const { exitCode } = await runSluice(words, { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' } });

  expect(exitCode).toBe(0);
});

it('speaks of a split that is over in the past', async () => {
  const desired = { weight: 30, until: '2026-11-23T12:20:00.000Z', actor: 'ben@example.com', reason: 'to compare' };
  answers(operationOf({ kind: 'switch-traffic', state: 'ended', outcome: 'succeeded', reason: 'sent back', desired }));

  expect((await watch()).out).toMatch(/last wanted by ben@example\.com: 30 % on/);
});
