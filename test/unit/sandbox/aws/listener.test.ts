import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLoopbackHost, type StandIn, startListener } from '../../../../sandbox/aws/listener.ts';

let listener: StandIn;

beforeAll(async () => {
  const handle = (request: { path: string; body: Buffer }) => {
    if (request.path === '/fault') throw new Error('broken');
    return { status: 200, body: `${request.path} ${request.body.length}` };
  };
  listener = await startListener({ port: 0, maxBodyBytes: 10, handle });
});

afterAll(() => listener.close());

it.each([
  ['127.0.0.1:4000', true],
  ['localhost', true],
  ['chest-xray-mlops.localhost:4080', true],
  ['[::1]:4000', true],
  ['127.0.0.1.evil.example', false],
  ['localhost.evil.example', false],
  ['evil.example:127', false],
  ['', false],
])('takes the host name %s for loopback: %s', (host, expected) => {
  expect(isLoopbackHost(host)).toBe(expected);
});

it('refuses a request by another host name before its handler sees it', async () => {
  const socket = connect(Number(new URL(listener.endpoint).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n');
  const [answer] = await once(socket, 'data');
  socket.destroy();

  expect(String(answer)).toMatch(/^HTTP\/1\.1 421 /);
});

it('answers 413 to a body above its limit and 500 to a fault, and goes on', async () => {
  const large = await fetch(`${listener.endpoint}/a`, { method: 'POST', body: '12345678901' });
  const fault = await fetch(`${listener.endpoint}/fault`);
  const good = await fetch(`${listener.endpoint}/a`, { method: 'POST', body: '1234567890' });

  expect([large.status, fault.status, await good.text()]).toEqual([413, 500, '/a 10']);
});

it('rejects when its port is taken, and frees it when it is closed', async () => {
  const port = Number(new URL(listener.endpoint).port);
  const handle = () => ({ status: 200 });
  await expect(startListener({ port, handle })).rejects.toMatchObject({ code: 'EADDRINUSE' });

  const other = await startListener({ port: 0, handle });
  await other.close();
  const again = await startListener({ port: Number(new URL(other.endpoint).port), handle });

  expect(again.endpoint).toBe(other.endpoint);
  await again.close();
});
