import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { onItsWay } from '../../../../functions/runtime/on-its-way.ts';

let arrived: Promise<unknown>;
const server = createServer();
beforeAll(async () => {
  arrived = once(server, 'request');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('waits until the request was sent, not for its answer', async () => {
  const { port } = server.address() as AddressInfo; // it listens on a port
  const asking = new Promise((_, reject) => {
    const asked = request({ host: '127.0.0.1', port, method: 'POST' }).on('error', reject);
    setImmediate(() => asked.end('body'));
  });

  await onItsWay(asking);

  expect(await arrived).toHaveLength(2); // request and response, which nobody ends
});

it('waits no longer than for who fails before sending anything', async () => {
  const failed = onItsWay(Promise.reject(new Error('no region')));

  await expect(failed).resolves.toBeUndefined();
});

it('waits half a second at most for a connection that does not come about', async () => {
  await expect(onItsWay(new Promise(() => {}))).resolves.toBeUndefined();
});
