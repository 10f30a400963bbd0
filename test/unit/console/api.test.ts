import { describe, expect, it } from 'vitest';
import { createLookout, createReadingsLookout } from '../../../console/api.ts';
import { overview } from './overviews.ts';

/** A server of prepared answers, which remembers what it was asked. */
function server(...answers: (() => Response)[]) {
  const asked: { path: string; ifNoneMatch: string | null }[] = [];
  const ask: typeof fetch = async (path, init) => {
    asked.push({ path: String(path), ifNoneMatch: new Headers(init?.headers).get('if-none-match') });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('fetch failed');
    return answer();
  };
  return { asked, ask };
}
const whole = (etag: string) => () =>
  Response.json(overview(), { headers: { etag, date: 'Mon, 23 Nov 2026 09:44:58 GMT' } });
const unchanged = () => new Response(null, { status: 304 });
const unchangedAlways = async () => unchanged();
const refused = (status: number, message: string) => () =>
  Response.json({ error: { name: 'Some', message } }, { status });
const now = { service: null, operation: null };

describe('looking', () => {
  it('asks only for what changed since the last look', async () => {
    const { ask, asked } = server(whole('"one"'), unchanged);
    const look = createLookout(ask);

    expect(await look(now)).toEqual({
      kind: 'changed',
      overview: overview(),
      at: Date.parse('2026-11-23T09:44:58Z'),
    });
    expect(await look(now)).toEqual({ kind: 'same' });

    expect(asked.map(({ ifNoneMatch }) => ifNoneMatch)).toEqual([null, '"one"']);
  });

  it('asks for all of it when something else is looked at', async () => {
    const { ask, asked } = server(whole('"one"'), whole('"two"'));
    const look = createLookout(ask);
    await look(now);

    await look({ service: null, operation: 'a&b' });

    expect(asked[1]).toEqual({ path: '/api/overview?operation=a%26b', ifNoneMatch: null });
  });

  it('asks again for what it was told in an answer that a later question had overtaken, where that one fails', async () => {
    let tell = (_: Response) => {};
    const late = new Promise<Response>((resolve) => {
      tell = resolve;
    });
    const asked: (string | null)[] = [];
    const answers = [
      async () => whole('"one"')(),
      () => late,
      async () => Promise.reject(new TypeError('fetch failed')),
      async () => whole('"two"')(),
    ];
    const look = createLookout(async (_, init) => {
      asked.push(new Headers(init?.headers).get('if-none-match'));
      return (answers.shift() ?? unchangedAlways)();
    });
    await look(now);

    const overtaken = look(now);
    const failing = look(now);
    tell(whole('"two"')());
    await overtaken;
    expect((await failing).kind).toBe('unreachable');

    expect((await look(now)).kind).toBe('changed');
    expect(asked).toEqual([null, '"one"', '"one"', '"one"']);
  });

  it('asks for all of it again after a sign-out: the page has forgotten what it showed', async () => {
    const { ask, asked } = server(whole('"one"'), refused(401, 'who?'), whole('"one"'));
    const look = createLookout(ask);
    await look(now);

    expect(await look(now)).toEqual({ kind: 'signed-out' });
    await look(now);

    expect(asked[2]?.ifNoneMatch).toBeNull();
  });

  it.each([
    ['a refusal', refused(503, 'The database does not answer.'), 'unreachable', 'The database does not answer.'],
    [
      'an answer of something else',
      () => new Response('<html>', { status: 502 }),
      'unreachable',
      'Sluice answered 502.',
    ],
    ['an operation that is not there', refused(404, 'There is no operation x.'), 'gone', 'There is no operation x.'],
  ])('says what is wrong: %s', async (_, answer, kind, message) => {
    expect(await createLookout(server(answer).ask)(now)).toEqual({ kind, message });
  });

  it('says that nothing answers', async () => {
    expect(await createLookout(server().ask)(now)).toEqual({ kind: 'unreachable', message: 'Sluice does not answer.' });
  });
});

describe('looking at readings', () => {
  const readings =
    (etag: string, points = 0) =>
    () =>
      Response.json({ operation: 'd1', objectives: [], points: Array(points).fill({}) }, { headers: { etag } });

  it('asks only for what changed, and no more once the operation has ended', async () => {
    const { ask, asked } = server(readings('"one"', 1), unchanged, readings('"two"', 2));
    const look = createReadingsLookout(ask);

    const first = await look({ id: 'd1', outcome: null });
    expect(await look({ id: 'd1', outcome: null })).toBe(first);
    expect((await look({ id: 'd1', outcome: 'succeeded' }))?.points).toHaveLength(2);
    expect((await look({ id: 'd1', outcome: 'succeeded' }))?.points).toHaveLength(2);

    expect(asked).toEqual([
      { path: '/api/operations/d1/readings', ifNoneMatch: null },
      { path: '/api/operations/d1/readings', ifNoneMatch: '"one"' },
      { path: '/api/operations/d1/readings', ifNoneMatch: '"one"' },
    ]);
  });

  it('keeps what it knows while nobody answers, and has nothing of another operation', async () => {
    const { ask } = server(readings('"one"', 1));
    const look = createReadingsLookout(ask);
    await look({ id: 'd1', outcome: null });

    expect((await look({ id: 'd1', outcome: null }))?.points).toHaveLength(1);
    expect(await look({ id: 'd2', outcome: null })).toBeNull();
  });
});
