import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSluice, operationOf, refusal, runSluice, serviceOf, startFakeSluice } from './support.ts';

const token = 'very-secret-token';
let sluice: FakeSluice;
beforeEach(async () => {
  sluice = await startFakeSluice();
  sluice.answers.set('GET /api/services', { body: { services: [serviceOf()] } });
});
afterEach(() => sluice.close());

const env = () => ({ SLUICE_URL: sluice.url, SLUICE_TOKEN: token, SLUICE_USER: 'ana@example.com' });
const command = (...words: string[]) => runSluice(words, { env: env() });
const started = { status: 202, body: { operation: 'op1', execution: 'arn:1' } };

describe('exit codes', () => {
  it('0: done; who asks and the token go into headers, and nowhere else', async () => {
    const { exitCode, out, err } = await command('status');

    expect(exitCode).toBe(0);
    expect(out).toContain('v2.0.5');
    expect(sluice.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${token}`,
      'x-sluice-user': 'ana@example.com',
    });
    expect(out + err).not.toContain(token);
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['deplyo']],
    ['an unknown flag', ['status', '--colour']],
    ['a missing flag', ['deploy']],
    ['no version', ['deploy', '--version', 'latest']],
    ['no environment', ['health-check', '--environment', 'red']],
    ['a hotfix that does not say why', ['deploy', '--version', 'v2.1.0', '--type', 'hotfix']],
    ['a rollback that does not say why', ['rollback', '--version', 'last-known-good']],
    ['an empty reason', ['rollback', '--version', 'last-known-good', '--reason', ' ']],
    ['too many operations', ['operations', '--limit', '10001']],
    ['no form of output', ['status', '--output', 'yaml']],
    [
      'a share above all',
      ['switch-traffic', '--from-env', 'blue', '--to-env', 'green', '--percentage', '101', '--reason', 'x'],
    ],
    [
      'a switch to where it is',
      ['switch-traffic', '--from-env', 'blue', '--to-env', 'blue', '--percentage', '5', '--reason', 'x'],
    ],
    ['an empty name of who asks', ['status', '--as', '']],
    ['an empty service', ['status', '--service', ' ']],
    ['an empty token', ['status', '--token=']],
    ['an empty reason of a freeze', ['freeze', '--reason', '']],
    ['one argument too many', ['unlock', 'shop', '--reason', 'stuck']],
  ])('2: %s, and nothing is asked of the server', async (_what, words) => {
    const { exitCode, err } = await command(...words);

    expect(exitCode).toBe(2);
    expect(err).not.toBe('');
    expect(sluice.asked).toEqual([]);
  });

  it.each([
    ['aprove --version v2.2.0', 'approve'],
    ['aprove --help', 'approve'],
    ['help aprove', 'approve'],
    ['help audit verfy', 'verify'],
    ['switch-traffic --from blue --to green --percentage 50', '--from-env'],
    ['switch-traffic --to=green', '--to-env'],
    ['fire-webhook --version v2.1.0', 'sluice sandbox fire-webhook'],
    ['fire-webhok', 'sluice sandbox fire-webhook'],
    ['verfy', 'sluice audit verify'],
    ['sandbox statuss', 'sluice status'],
    ['verify 01kb3n4q7r8fz2m1x0ta', 'sluice audit verify'],
    ['sandbox fire-webhok --version v2.1.0', 'fire-webhook'],
    ['sandbox approve --version v2.1.0', 'sluice approve'],
    ['audit verfy --help', 'verify'],
    ['--verison', '--version'],
    ['status --ouput json', '--output'],
    ['approve --verison v2.1.0', '--version'],
    ['sandbox fire-webhook --verison v2.1.0', '--version'],
  ])('2: `sluice %s` is a typing error, and %j is named', async (line, meant) => {
    const { exitCode, out, err } = await command(...line.split(' '));

    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(`(Did you mean ${meant}?)`);
    expect(sluice.asked).toEqual([]);
  });

  it.each(['freeze --version v2.1.0', 'unfreeze --reason x --version=v2.1.0'])(
    '2: `sluice %s` names what takes a version, and nothing that only looks alike',
    async (line) => {
      const { exitCode, out, err } = await command(...line.split(' '));

      expect([exitCode, out]).toEqual([2, '']);
      expect(err).toContain('--version is an option of');
      expect(err).toContain('sluice hold,');
      expect(err).not.toContain('Did you mean');
      expect(sluice.asked).toEqual([]);
    },
  );

  it.each(['--version', '-V'])('0: %s alone prints the version', async (flag) => {
    expect(await command(flag)).toEqual({ exitCode: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  });

  it('2: what the server finds wrong with the request, each problem with its path', async () => {
    const problems = [{ path: 'version', message: 'must be a semantic version' }];
    sluice.answers.set('POST /api/deployments', refusal(400, 'InvalidInput', 'It does not have the shape.', problems));

    const { exitCode, err } = await command('deploy', '--version', 'v2.1.0');

    expect(exitCode).toBe(2);
    expect(err).toContain('InvalidInput');
    expect(err).toContain('version: must be a semantic version');
  });

  it.each([
    [409, 'LockHeld'],
    [409, 'WriteConflict'],
    [401, 'NotAllowed'],
    [403, 'NotAllowed'],
  ])('3: refused with %d, the rule (%s) on stderr and nothing on stdout', async (status, name) => {
    sluice.answers.set('POST /api/services/shop/unlock', refusal(status, name, 'It is alive.'));

    const { exitCode, out, err } = await command('unlock', '--reason', 'stuck');

    expect(exitCode).toBe(3);
    expect(err).toMatch(new RegExp(`^sluice: ${name}: It is alive\\.`));
    expect(out).toBe('');
  });

  it('3: who is not known is told how to show who they are, and who is known and may not do it is not', async () => {
    const advised = async (status: number) => {
      sluice.answers.set('POST /api/services/shop/unlock', refusal(status, 'NotAllowed', 'Only ana may.'));
      return (await command('unlock', '--reason', 'stuck')).err.includes('SLUICE_TOKEN');
    };

    expect([await advised(401), await advised(403)]).toEqual([true, false]);
  });

  it('4: the operation ended otherwise than wanted, and what failed is said', async () => {
    const checks = [{ name: 'ready', result: 'fail' as const, reason: 'answered 500', at: '2026-11-23T09:00:00.000Z' }];
    sluice.answers.set('POST /api/deployments', started);
    sluice.answers.set('GET /api/operations/op1', {
      body: operationOf({ state: 'ended', outcome: 'failed', reason: 'a check failed', checks }),
    });

    const { exitCode, err } = await command('deploy', '--version', 'v2.1.0');

    expect(exitCode).toBe(4);
    expect(err).toMatch(/^sluice: failed: .*a check failed/);
    expect(err).toContain('ready: answered 500');
  });

  it('4: an environment that does not pass its checks', async () => {
    const checks = [{ name: 'ready', result: 'fail', reason: 'answered 500', at: '2026-11-23T09:00:00.000Z' }];
    const body = { service: 'shop', environment: 'blue', version: 'v2.0.5', healthy: false, checks };
    sluice.answers.set('POST /api/services/shop/health-check', { body });

    const { exitCode, out } = await command('health-check', '--environment', 'blue');

    expect(exitCode).toBe(4);
    expect(out).toContain('answered 500');
  });

  it('5: nobody listens there', async () => {
    await sluice.close();

    const { exitCode, err } = await command('status');

    expect(exitCode).toBe(5);
    expect(err).toContain('ECONNREFUSED');
    expect(err).not.toContain(token);
  });

  it('5: it breaks off, which is said in words', async () => {
    const breaking = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => breaking.listen(0, '127.0.0.1', resolve));
    const { port } = breaking.address() as AddressInfo; // it listens on a port

    const { exitCode, err } = await runSluice(['status'], {
      env: { ...env(), SLUICE_URL: `http://127.0.0.1:${port}` },
    });
    await new Promise((resolve) => breaking.close(resolve));

    expect(exitCode).toBe(5);
    expect(err).toContain('did not answer: it closed the connection.');
  });

  it('5: what answers is not Sluice', async () => {
    sluice.answers.set('GET /api/services', { status: 404, body: 'nothing here' });

    expect((await command('status')).exitCode).toBe(5);
  });

  it('5: Sluice answers, but what it needs does not', async () => {
    sluice.answers.set('GET /api/services', refusal(503, 'DependencyUnavailable', 'DynamoDB: no answer'));

    const { exitCode, err } = await command('status');

    expect(exitCode).toBe(5);
    expect(err).toContain('DependencyUnavailable');
  });

  it('1: an answer of a form that is not known', async () => {
    sluice.answers.set('GET /api/services', { body: { services: [{ name: 'shop' }] } });

    expect((await command('status')).exitCode).toBe(1);
  });
});

it('a start is repeated under one key until it is answered, so that it happens once', async () => {
  const busy = refusal(503, 'DependencyUnavailable', 'Step Functions: no answer');
  sluice.answers.set('POST /api/rollbacks', [busy, busy, started]);

  const { exitCode } = await command('rollback', '--version', 'v2.0.5', '--reason', 'errors', '--no-wait');

  expect(exitCode).toBe(0);
  const posts = sluice.asked.filter(({ method }) => method === 'POST');
  expect(posts.map(({ headers }) => headers['idempotency-key'])).toEqual(['new-id', 'new-id', 'new-id']);
  expect(posts[0]?.body).toEqual({
    service: 'shop',
    version: 'v2.0.5',
    reason: 'errors',
    emergency: false,
    hold: false,
  });
});

it('an emergency that names its service asks for nothing before the rollback', async () => {
  sluice.answers.set('POST /api/rollbacks', started);

  await command(
    'rollback',
    '--version',
    'last-known-good',
    '--reason',
    'errors',
    '--emergency',
    '--service',
    'shop',
    '--no-wait',
  );

  expect(sluice.asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /api/rollbacks']);
});

it('of several services one has to be named, and they are listed', async () => {
  sluice.answers.set('GET /api/services', { body: { services: [serviceOf(), serviceOf({ name: 'lab' })] } });

  const { exitCode, err } = await command('freeze', '--reason', 'audit');

  expect(exitCode).toBe(2);
  expect(err).toContain('shop, lab');
});

it('JSON output is one document, also of an operation that was waited for', async () => {
  const ended = operationOf({ state: 'ended', outcome: 'succeeded', reason: 'all on green' });
  sluice.answers.set('POST /api/deployments', started);
  sluice.answers.set('GET /api/operations/op1', [{ body: operationOf() }, { body: ended }]);

  const { exitCode, out } = await command('deploy', '--version', 'v2.1.0', '--output', 'json');

  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toEqual(ended);
});

describe('switch-traffic', () => {
  const words = ['switch-traffic', '--from-env', 'blue', '--to-env', 'green', '--reason', 'comparing'];
  const desired = { weight: 50, until: '2026-11-23T09:00:00Z', actor: 'ana@example.com', reason: 'comparing' };
  const kept = operationOf({
    kind: 'switch-traffic',
    state: 'keeping-split',
    origin: 'blue',
    target: 'green',
    weights: { blue: 50, green: 50 },
    desired,
    waiting: {
      kind: 'split',
      text: 'Keeping blue 50 %, green 50 %, as ana@example.com wants: comparing.',
      until: { text: 'Everything goes back to blue', at: '2026-11-23T09:10:00.000Z' },
      next: [{ what: 'Send it back now', command: 'sluice switch-traffic … --to-env blue --percentage 100' }],
    },
  });

  it('waits until a split is there, says how long it stays and how to send it back, and ends although the split goes on', async () => {
    const shifting = { ...kept, state: 'shifting-traffic', weights: { blue: 100, green: 0 }, waiting: null };
    sluice.answers.set('POST /api/services/shop/traffic', started);
    sluice.answers.set('GET /api/operations/op1', [{ body: shifting }, { body: kept }]);

    const { exitCode, out } = await command(...words, '--percentage', '50', '--for', '10m');

    expect(exitCode).toBe(0);
    expect(sluice.asked.find(({ method }) => method === 'POST')?.body).toEqual({
      from: 'blue',
      to: 'green',
      percentage: 50,
      reason: 'comparing',
      for: '10m',
    });
    expect(out).toMatch(/Everything goes back to blue in \d+ min.* \(2026-11-23 09:10:00Z\)/);
    expect(out).toContain('Send it back now: sluice switch-traffic … --to-env blue --percentage 100');
  });

  it('waits for the end where everything goes to one side', async () => {
    const ended = { ...kept, state: 'ended', outcome: 'succeeded', weights: { blue: 0, green: 100 } };
    sluice.answers.set('POST /api/services/shop/traffic', started);
    sluice.answers.set('GET /api/operations/op1', [{ body: kept }, { body: ended }]);

    expect((await command(...words, '--percentage', '100')).exitCode).toBe(0);
  });

  it('exits with 4 when the split was returned before it was there, and with 3 when a rule refuses it', async () => {
    const returned = { ...kept, state: 'ended', outcome: 'rolled-back', reason: 'error-rate' };
    sluice.answers.set('POST /api/services/shop/traffic', [started, refusal(409, 'NotReady', 'green is not healthy')]);
    sluice.answers.set('GET /api/operations/op1', { body: returned });

    const bad = await command(...words, '--percentage', '50');
    const refused = await command(...words, '--percentage', '50');

    expect([bad.exitCode, refused.exitCode]).toEqual([4, 3]);
    expect(refused.err).toMatch(/^sluice: NotReady: green is not healthy/);
  });
});

describe('a hand on the service', () => {
  const told = { did: ['It is so now.'], didNot: ['No traffic was moved.'], next: ['sluice status'] };
  const hands: [string[], string, object][] = [
    [['freeze'], 'freeze', { outcome: 'frozen', digests: [] }],
    [['unfreeze'], 'unfreeze', { outcome: 'unfrozen', digests: [] }],
    [['hold', '--version', 'v2.1.0'], 'holds', { outcome: 'held', digests: ['sha256:ab'] }],
    [['release-hold', '--version', 'v2.1.0'], 'holds/release', { outcome: 'released', digests: ['sha256:ab'] }],
    [['unlock'], 'unlock', { outcome: 'rescue-started', holder: 'op1' }],
  ];

  it.each(hands)('%j says what it did, what it did not and what may be typed next', async (words, path, answer) => {
    const body = { service: 'shop', ...answer, ...told };
    sluice.answers.set(`POST /api/services/shop/${path}`, { body });

    const text = await command(...words, '--reason', 'why', '--service', 'shop');
    const json = await command(...words, '--reason', 'why', '--service', 'shop', '--output', 'json');

    expect([text.exitCode, json.exitCode]).toEqual([0, 0]);
    for (const said of ['It is so now.', '  No traffic was moved.', '  next: sluice status']) {
      expect(text.out.split('\n')).toContain(said);
    }
    expect(JSON.parse(json.out)).toEqual(body);
  });

  it.each(hands)(
    '%j that finds everything so says that nothing was to do, and exits with 0',
    async (words, path, answer) => {
      const body = { service: 'shop', ...answer, ...told, did: [] };
      sluice.answers.set(`POST /api/services/shop/${path}`, { body });

      const { exitCode, out } = await command(...words, '--reason', 'why', '--service', 'shop');

      expect(exitCode).toBe(0);
      expect(out).toContain('There was nothing to do.');
    },
  );

  it.each(hands)(
    '%j without a reason is usage; of an unknown service it is too, and of a living holder a refusal',
    async (words, path) => {
      sluice.answers.set(`POST /api/services/nope/${path}`, refusal(404, 'NotFound', 'There is no service "nope".'));
      sluice.answers.set(`POST /api/services/shop/${path}`, refusal(409, 'LockHeld', 'It is alive.'));

      const silent = await command(...words, '--service', 'shop');
      const unknown = await command(...words, '--reason', 'why', '--service', 'nope');
      const refused = await command(...words, '--reason', 'why', '--service', 'shop');

      expect([silent.exitCode, unknown.exitCode, refused.exitCode]).toEqual([2, 2, 3]);
      expect(silent.err).toContain('--reason');
      expect(sluice.asked.filter(({ path: asked }) => asked.includes('shop'))).toHaveLength(1);
    },
  );
});
