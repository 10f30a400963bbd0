import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FakeSluice,
  operationOf,
  refusal,
  runSluice,
  serviceOf,
  startFakeSluice,
  type TestWorld,
} from './support.ts';

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

/** What stands on a terminal after all of this was written to it. */
function screenOf(written: string): string[] {
  const lines = [''];
  for (const [, count, text = ''] of written.matchAll(/<clear (\d+)>|((?:(?!<clear)[\s\S])+)/g)) {
    if (count !== undefined) lines.splice(-Number(count), Number(count), '');
    const [first = '', ...more] = text.split('\n');
    lines[lines.length - 1] += first;
    lines.push(...more);
  }
  return lines;
}

describe('on a terminal', () => {
  const terminal = { columns: 200, rows: 50 };
  const next = { text: 'Green gets 50 %', at: '2026-11-23T09:03:00.000Z', done: '2026-11-23T09:20:00.000Z' };
  const shifting = operationOf({ weights: { blue: 75, green: 25 }, next });
  const side = (weight: number, value: number) => ({
    weight,
    ready: 3,
    samples: 1_240,
    values: { 'error-rate': value, 'latency-p95': 0.31, orders: 3 },
  });
  const readings = {
    operation: 'op1',
    objectives: [
      { name: 'error-rate', max: 0.01, unit: 'ratio' },
      { name: 'latency-p95', max: 2, unit: 'seconds' },
      { name: 'orders', min: 10, max: null, unit: 'per-second', dryRun: true },
    ],
    points: [
      { at: '2026-11-23T08:59:00.000Z', blue: side(75, 0.5), green: side(25, 0.5) },
      { at: '2026-11-23T08:59:30.000Z', blue: side(75, 0.002), green: side(25, 0.114119) },
    ],
  };
  beforeEach(() => {
    sluice.answers.set('GET /api/services/shop', { body: serviceOf() });
    sluice.answers.set('GET /api/operations/op1/readings', { body: readings });
  });
  const stopped = (world: TestWorld = {}) => {
    let interrupt = () => {};
    const onInterrupt = (listener: () => void) => {
      interrupt = listener;
      return () => undefined;
    };
    return watch({ terminal, timeZone: 'UTC', onInterrupt, pause: async () => interrupt(), ...world });
  };
  /** The tree that was drawn last, before it was cleared at the end. */
  const treeOf = (out: string) => screenOf(out.slice(0, out.lastIndexOf('<clear')));

  it('is a tree of its parts, what comes next and when it is done, and both sides with their readings', async () => {
    answers(shifting);

    const { out } = await stopped();

    const tree = treeOf(out).slice(2);
    expect(tree).toEqual([
      'deployment of shop v2.1.0  op1  0 s',
      '├─ ✓ Validate',
      '├─ ✓ Approve',
      '├─ ✓ Wait',
      '├─ ✓ Deploy',
      '├─ ✓ Verify',
      '├─ ▸ Shift',
      '│    [#####---------------] 25 % on green',
      '│    Next: Green gets 50 % in 3 min (2026-11-23 09:03:00).',
      '│    Done in 20 min (2026-11-23 09:20:00) at the earliest.',
      '├─ · Bake',
      '└─ · Finish',
      expect.stringMatching(
        /^ {2}blue {3}v2\.0\.5 +100 % +healthy +3 ready +1240 samples +Error rate 0\.2 %, limit 1 % +Latency p95 0\.31 s, limit 2 s +Orders 3 \/s, at least 10 \/s \(dry run\)$/,
      ),
      expect.stringMatching(/^ {2}green +- +0 % +absent +0 ready +1240 samples +Error rate 11\.4 %, limit 1 % /),
    ]);
  });

  it('is redrawn in place, and gone once it has ended: the lines that stay are those of a pipe', async () => {
    answers(shifting, { ...shifting, weights: { blue: 50, green: 50 } }, ended);

    const { out, exitCode } = await watch({ terminal, timeZone: 'UTC' });

    expect(exitCode).toBe(0);
    expect(screenOf(out).map((line) => line.replace(/^\d\S+ /, ''))).toEqual([
      'shifting-traffic',
      'traffic: blue 75 %, green 25 %',
      'traffic: blue 50 %, green 50 %',
      'traffic: blue 0 %, green 100 %',
      'succeeded: all on green',
      '',
    ]);
    expect(out.match(/▸ Shift/g)).toHaveLength(2);
  });

  it('is never wider or higher than the terminal', async () => {
    answers(shifting);

    const { out } = await stopped({ terminal: { columns: 30, rows: 6 } });

    const tree = treeOf(out).slice(2);
    expect(tree).toHaveLength(5);
    for (const line of tree) expect(line.length).toBeLessThan(30);
  });

  it('shows what it can while a side or a reading cannot be read', async () => {
    sluice.answers.delete('GET /api/services/shop');
    sluice.answers.delete('GET /api/operations/op1/readings');
    answers(shifting);

    const { out, err } = await stopped();

    expect(treeOf(out).at(-1)).toMatch(/^ {2}green {2}\? +25 % +\? ready$/);
    expect(err).not.toContain('NotFound');
  });

  it('says under the part that is under way what it waits for, and until when', async () => {
    const text = 'Waiting for 1 approval (devops): ana@example.com.';
    const waiting = {
      ...{ kind: 'approval' as const, text, until: { text: 'Expires', at: '2026-11-23T12:20:00.000Z' } },
      next: [{ what: 'Approve', command: 'sluice approve op1 --version v2.1.0' }],
    };
    answers(operationOf({ state: 'awaiting-approval', waiting }));

    const { out } = await stopped();

    const tree = treeOf(out);
    const at = tree.indexOf('├─ ▸ Approve');
    expect(tree.slice(at + 1, at + 3)).toEqual([
      `│    ${text} Expires in 3 h 20 min (2026-11-23 12:20:00).`,
      '│      Approve: sluice approve op1 --version v2.1.0',
    ]);
  });

  it('times are those of who reads; with --utc, in a pipe and in JSON they are UTC', async () => {
    answers(ended);
    const shown = (more: string[], world: TestWorld) =>
      runSluice(['operation', 'op1', ...more], {
        ...{ env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' }, timeZone: 'Asia/Kolkata' },
        ...world,
      });

    const [local, utc, pipe, json] = await Promise.all([
      shown([], { terminal }),
      shown(['--utc'], { terminal }),
      shown([], {}),
      shown(['--output', 'json'], { terminal }),
    ]);

    expect(local.out).toContain('started 2026-11-23 14:30:00 by');
    for (const { out } of [utc, pipe]) expect(out).toContain('started 2026-11-23 09:00:00Z by');
    expect(JSON.parse(json.out)).toMatchObject({ startedAt: '2026-11-23T09:00:00.000Z' });
    const watched = await watch({ terminal, timeZone: 'Asia/Kolkata' });
    expect(watched.out).toContain('14:30:00 traffic: blue 0 %');
  });

  it('columns stay below each other with local times', async () => {
    sluice.answers.set('GET /api/operations', { body: { operations: [operationOf()], next: null } });

    const { out } = await runSluice(['operations'], {
      ...{ env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' }, terminal, timeZone: 'America/New_York' },
    });

    const [head = '', row = ''] = out.split('\n');
    expect(row).toContain('2026-11-23 04:00:00 ');
    expect(row.indexOf('ana@example.com')).toBe(head.indexOf('BY'));
  });
});

it('`sluice watch` follows what is under way', async () => {
  sluice.answers.set('GET /api/operations', { body: { operations: [operationOf()], next: null } });
  answers(operationOf(), ended);

  const { out, exitCode } = await runSluice(['watch'], { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' } });

  expect(exitCode).toBe(0);
  expect(out).toContain('succeeded: all on green');
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
  expect(err).toContain('It is starting. Gave up after 1 min.');
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

describe('an operation that nobody named', () => {
  const list = (...operations: object[]) => sluice.answers.set('GET /api/operations', { body: { operations } });
  const look = (...words: string[]) => runSluice(words, { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' } });
  const abort = { actor: 'ana@example.com', reason: 'a typo' };

  it('is the one that is being aborted, and not the rollback that does it; aborted is how it should end', async () => {
    const aborting = operationOf({ abort });
    const rollback = operationOf({
      id: 'op2',
      kind: 'rollback',
      related: 'op1',
      release: null,
      state: 'returning-traffic',
    });
    const over = operationOf({ abort, state: 'ended', outcome: 'aborted', reason: 'a typo [Aborted]' });
    list(rollback, aborting);
    answers(aborting, over);

    const { exitCode, out } = await look('operation', '--watch');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Operation op1: deployment of .*\n/);
    expect(out).toContain('aborted: a typo [Aborted]');

    list({ ...rollback, outcome: 'superseded', state: 'ended' }, over);
    expect((await look('watch')).exitCode).toBe(0);
  });

  it('is the rollback where an alert has started it', async () => {
    const rollback = operationOf({ id: 'op2', kind: 'rollback', related: 'op1', release: null, returnsTo: 'v2.0.5' });
    list(rollback, operationOf({}));
    sluice.answers.set('GET /api/operations/op2', { body: { ...rollback, state: 'ended', outcome: 'succeeded' } });

    const { exitCode, out } = await look('operation', '--watch');

    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Operation op2: rollback of \S+ to v2\.0\.5\n/);
  });

  it('an id that does not exist leads to the list', async () => {
    sluice.answers.set('GET /api/operations/nope', refusal(404, 'NotFound', 'There is no operation nope.'));

    const { exitCode, err } = await look('operation', 'nope');

    expect(exitCode).toBe(2);
    expect(err).toBe('sluice: NotFound: There is no operation nope.\n  To list all operations: sluice operations\n');
  });
});

describe('a table and a report of operations', () => {
  const rollback = operationOf({ id: 'op2', kind: 'rollback', release: null, returnsTo: 'v2.0.5', related: 'op1' });

  it('have the version that a rollback goes back to', async () => {
    sluice.answers.set('GET /api/operations', { body: { operations: [rollback] } });

    const { out } = await runSluice(['operations'], { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' } });

    expect(out).toMatch(/^op2 +rollback +\S+ +v2\.0\.5 /m);
  });
});

describe('approving', () => {
  const approve = (world: TestWorld = {}) =>
    runSluice(['approve', '--version', 'v2.2.0'], { env: { SLUICE_URL: sluice.url, SLUICE_TOKEN: 't' }, ...world });
  const release = { version: 'v2.2.0', commit: 'c'.repeat(40), digest: `sha256:${'d'.repeat(64)}` };

  it('a version that was superseded says by what and when, and names what waits now', async () => {
    const operations = [
      operationOf({ id: 'op2', state: 'awaiting-approval', release: { ...release, version: 'v2.3.0' } }),
      operationOf({
        state: 'ended',
        outcome: 'superseded',
        release,
        endedAt: '2026-11-23T08:47:00.000Z',
        reason: 'Superseded by v2.3.0 (operation op2) [Superseded].',
      }),
    ];
    sluice.answers.set('GET /api/operations', { body: { operations } });

    const { exitCode, err } = await approve();

    expect(exitCode).toBe(2);
    expect(err).toBe(
      'sluice: Usage: v2.2.0 waits for no approval: its deployment op1 ended as superseded at 2026-11-23 08:47:00Z: Superseded by v2.3.0 (operation op2) [Superseded].\n' +
        '  What does wait: sluice approve op2 --version v2.3.0\n',
    );
    expect(sluice.asked.every(({ method }) => method === 'GET')).toBe(true);
  });

  it('is ended by Ctrl-C while the version is still validated: nothing was decided, and what goes on is named', async () => {
    sluice.answers.set('GET /api/operations', {
      body: { operations: [operationOf({ state: 'validating', release })] },
    });
    let interrupt: () => void = () => undefined;

    const { exitCode, err } = await approve({
      onInterrupt: (listener) => {
        interrupt = listener;
        return () => undefined;
      },
      pause: async () => interrupt(),
    });

    expect(exitCode).toBe(130);
    expect(err).toBe(
      'sluice: Interrupted: Nothing was decided: no operation asked for an approval of v2.2.0 yet.\n' +
        '  The operation continues, and asks its approvers by mail. To see its state: sluice status\n',
    );
  });
});
