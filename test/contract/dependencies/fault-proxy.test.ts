import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StandIn, startListener } from '../../../sandbox/aws/listener.ts';
import { type FaultProxy, startFaultProxy } from '../../../sandbox/dependencies/fault-proxy.ts';
import { createFaultBook, type FaultBook, faultSchema } from '../../../sandbox/dependencies/faults.ts';
import { patienceMs, until } from '../../support/until.ts';

describe('the proxy in front of a dependency', () => {
  let book: FaultBook;
  let standIn: StandIn;
  let proxy: FaultProxy;
  /** What the stand-in was really asked. */
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    book = createFaultBook();
    standIn = await startListener({
      port: 0,
      handle: ({ method, path, body }) => {
        asked.push(`${method} ${path} ${body.toString()}`.trim());
        return { status: 200, headers: { 'x-own': 'kept' }, body: `answer ${asked.length} of the stand-in` };
      },
    });
    proxy = await startFaultProxy({ dependency: 'github', target: standIn.endpoint, book });
  });
  afterEach(async () => {
    await proxy.close();
    await standIn.close();
  });

  const set = (fault: object) => book.set(faultSchema.parse({ dependency: 'github', ...fault }));
  const ask = (path = '/repos', init: RequestInit = {}) => fetch(`${proxy.endpoint}${path}`, init);
  const stateOf = () => book.states().find(({ dependency }) => dependency === 'github');

  it('passes everything on as it is while nothing is wrong', async () => {
    const answer = await ask('/repos?page=2', { method: 'PUT', body: 'what was sent' });

    expect([answer.status, answer.headers.get('x-own'), await answer.text()]).toEqual([
      200,
      'kept',
      'answer 1 of the stand-in',
    ]);
    expect(asked).toEqual(['PUT /repos what was sent']);
  });

  it.each([409, 422, 429, 500, 503])('answers %d in the dependency’s own form without asking it', async (status) => {
    set({ fault: 'status', status, retryAfter: 7 });

    const answer = await ask();

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([status, '7']);
    expect(await answer.json()).toMatchObject({ message: expect.stringContaining(String(status)) });
    expect(asked).toEqual([]);
  });

  it('does what it is asked and stays silent about it, until that is taken back', async () => {
    set({ fault: 'silent' });

    const answer = ask('/repos', { method: 'PUT', body: 'a' }).then(
      () => 'answered',
      () => 'cut',
    );
    await until('it was done', patienceMs, async () => asked.length === 1);
    expect(await Promise.race([answer, Promise.resolve('silent')])).toBe('silent');
    book.clear('github');

    expect(await answer).toBe('cut');
    expect(asked).toEqual(['PUT /repos a']);
  });

  it('cuts every connection, those that are open as well, until that is taken back', async () => {
    await (await ask()).text();
    set({ fault: 'unreachable' });

    await expect(ask()).rejects.toThrow();
    await expect(ask()).rejects.toThrow();
    expect(stateOf()?.spoilt).toBe(2);
    book.clear();

    expect((await ask()).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('hangs until that is taken back', async () => {
    set({ fault: 'hang' });
    let ended = false;
    const hanging = ask().catch(() => {
      ended = true;
    });
    await until('it hangs', patienceMs, async () => stateOf()?.spoilt === 1, 5);
    expect(ended).toBe(false);

    book.clear('github');
    await hanging;

    expect(ended).toBe(true);
    expect(asked).toEqual([]);
  });

  it('does what was asked and then resets the connection, or ends the answer in the middle', async () => {
    set({ fault: 'reset' });
    await expect(ask('/reset')).rejects.toThrow();
    set({ fault: 'truncate' });
    await expect(ask('/truncate').then((answer) => answer.text())).rejects.toThrow();

    expect(asked).toEqual(['GET /reset', 'GET /truncate']);
  });

  it('carries a slow request out although nobody waits for it any more', async () => {
    set({ fault: 'slow', delayMs: 60 });
    const abort = new AbortController();

    const late = ask('/late', { signal: abort.signal });
    await until('the proxy has it', patienceMs, async () => stateOf()?.spoilt === 1, 5);
    abort.abort();
    await expect(late).rejects.toThrow();

    await until('it is carried out', patienceMs, async () => asked.length === 1, 5);
    expect(asked).toEqual(['GET /late']);
  });

  it('answers a read as before, and lets a write through', async () => {
    set({ fault: 'stale' });

    const first = await (await ask()).text();
    await (await ask('/repos', { method: 'POST', body: 'new' })).text();
    const second = await (await ask()).text();

    expect(second).toBe(first);
    expect(asked).toEqual(['GET /repos', 'POST /repos new']);
  });

  it('says that all is well and does nothing', async () => {
    set({ fault: 'lost' });

    expect((await ask('/repos', { method: 'POST' })).status).toBe(200);
    expect(asked).toEqual([]);
  });

  it('spoils only what is meant: by pattern, after some, so many times', async () => {
    set({ fault: 'status', status: 500, match: '^POST /meant', skip: 1, times: 1 });

    const statuses = [];
    for (const path of ['/other', '/meant', '/meant', '/meant']) {
      statuses.push((await ask(path, { method: 'POST' })).status);
    }

    expect(statuses).toEqual([200, 200, 500, 200]);
    expect(stateOf()).toMatchObject({ spoilt: 1, calls: 4 });
  });
});
