import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createProber, type ProbeCheck } from '../../../adapters/health/prober.ts';
import { milliseconds, seconds } from '../../../contracts/duration.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const check: ProbeCheck = {
  name: 'ready',
  method: 'GET',
  path: '/health',
  headers: {},
  status: 200,
  within: seconds(60),
};
const options = { operation: 'op-1' };

let server: ScriptedServer;
const prober = createProber();
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => {
  server.seen.length = 0;
});
afterAll(async () => {
  await server.close();
});

describe('createProber', () => {
  it('asks below the base address and says by whom', async () => {
    server.answer(json({ ok: true }));

    const outcome = await prober.probe(`${server.url}/green`, check, {
      ...options,
      headers: { host: 'green.example' },
    });

    expect(outcome).toEqual({ ok: true, status: 200, duration: expect.any(Number) });
    expect(server.seen).toMatchObject([{ method: 'GET', path: '/green/health' }]);
    expect(server.seen[0]?.headers).toMatchObject({ 'x-sluice-probe': 'op-1', host: 'green.example' });
  });

  it('sends a body as it is when it is text, and as JSON otherwise', async () => {
    server.answer(json({}));
    const predict: ProbeCheck = { ...check, method: 'POST', path: '/predict' };

    await prober.probe(server.url, { ...predict, body: '{"image":1}' }, options);
    await prober.probe(server.url, { ...predict, body: { image: 2 } }, options);

    expect(server.seen.map(({ body }) => body)).toEqual(['{"image":1}', '{"image":2}']);
    expect(server.seen[1]?.headers['content-type']).toBe('application/json');
  });

  it('sends the bytes of a file, and fails rather than sending nothing', async () => {
    server.answer(json({}));
    const folder = await mkdtemp(join(tmpdir(), 'sluice-prober-'));
    await writeFile(join(folder, 'xray.json'), '{"image":3}');
    const predict: ProbeCheck = { ...check, method: 'POST', path: '/predict', bodyFile: 'xray.json' };
    const reading = createProber({ bodyFolder: folder });

    expect(await reading.probe(server.url, predict, options)).toMatchObject({ ok: true });
    expect(server.seen).toMatchObject([{ body: '{"image":3}', headers: { 'content-type': 'application/json' } }]);
    expect(await reading.probe(server.url, { ...predict, bodyFile: 'other' }, options)).toMatchObject({ ok: false });
    expect(await prober.probe(server.url, predict, options)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('xray.json'),
    });
    expect(server.seen).toHaveLength(1);
    await rm(folder, { recursive: true });
  });

  it('opens a new connection each time, so that it does not always meet the same pod', async () => {
    const ports = new Set<number | undefined>();
    server.answer((request, response) => {
      ports.add(response.socket?.remotePort);
      json({})(request, response);
    });

    await prober.probe(server.url, check, options);
    await prober.probe(server.url, check, options);

    expect(ports.size).toBe(2);
  });

  it('does not follow a redirect', async () => {
    server.answer((_, response) => response.writeHead(302, { location: '/elsewhere' }).end());

    const outcome = await prober.probe(server.url, check, options);

    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('answered 302, not 200') });
    expect(server.seen).toHaveLength(1);
  });

  it.each([
    ['never answers', () => {}],
    [
      'stalls in the middle of its answer',
      (_: unknown, response: { write(text: string): void }) => response.write('.'),
    ],
  ])('does not wait longer than `within` for a release that %s', async (_, respond) => {
    server.answer(respond);

    const outcome = await prober.probe(server.url, { ...check, within: milliseconds(50) }, options);

    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('no answer within 50 ms') });
  });

  it('says so when nobody listens, without trying again', async () => {
    const outcome = await prober.probe('http://127.0.0.1:9', check, options);

    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('ECONNREFUSED') });
  });
});
