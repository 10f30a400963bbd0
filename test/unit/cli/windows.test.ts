import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSluice, operationOf, runSluice, serviceOf, startFakeSluice } from './support.ts';

const windows = {
  ...{ state: 'closed' as const, text: 'Closed by the deny window "0 12 * * *" for 1 h, UTC.' },
  change: { text: 'Opens', at: '2026-11-23T10:00:00.000Z' },
  outside: 'A deployment that finds it closed waits for up to 7 days, then ends; a hotfix passes.',
  list: [
    { kind: 'allow' as const, schedule: '0 9 * * 1-5', duration: '8h', timeZone: 'UTC', active: true },
    { kind: 'deny' as const, schedule: '0 12 * * *', duration: '1h', timeZone: 'UTC', active: true },
  ],
};

describe('sluice windows', () => {
  let sluice: FakeSluice;
  beforeEach(async () => {
    sluice = await startFakeSluice();
  });
  afterEach(() => sluice.close());
  const run = (...words: string[]) => runSluice([...words, '--url', sluice.url, '--token', 't']);

  it('says why it is closed, when it opens, what becomes of a deployment, and who waits', async () => {
    const waiting = {
      kind: 'window' as const,
      text: 'Waiting for its deployment window.',
      until: null,
      next: [{ what: 'Let it pass (admin)', command: 'sluice override-window op1 --reason "…"' }],
    };
    const { kind, id, release, abort } = operationOf();
    const inProgress = [{ kind, id, release, abort, state: 'awaiting-window' as const, waiting, next: null }];
    sluice.answers.set('GET /api/services', { body: { services: [serviceOf({ windows, inProgress })] } });

    const { exitCode, out } = await run('windows');

    expect(exitCode).toBe(0);
    expect(out.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^shop: Closed by the deny window "0 12 \* \* \*" for 1 h, UTC\. Opens in .* \(2026-11-23 10:00:00Z\)\.$/,
      ),
      expect.stringMatching(/^ {2}allow +"0 9 \* \* 1-5" +for 8h +UTC +active now$/),
      expect.stringMatching(/^ {2}deny +"0 12 \* \* \*" +for 1h +UTC +active now$/),
      `  ${windows.outside}`,
      '  deployment of v2.1.0 (op1): Waiting for its deployment window.',
      '    Let it pass (admin): sluice override-window op1 --reason "…"',
    ]);
  });

  it('lets the only deployment that waits for its window pass, with a reason', async () => {
    const waits = operationOf({ state: 'awaiting-window' });
    sluice.answers.set('GET /api/operations', { body: { operations: [waits, operationOf({ id: 'op2' })] } });
    sluice.answers.set('POST /api/operations/op1/override-window', { body: waits });

    expect((await run('override-window', '--reason', 'it cannot wait')).exitCode).toBe(0);
    expect((await run('override-window')).exitCode).toBe(2);
  });
});
