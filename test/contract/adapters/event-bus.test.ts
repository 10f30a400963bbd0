import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { createEventBus } from '../../../adapters/events/event-bus.ts';
import { milliseconds, seconds } from '../../../contracts/duration.ts';
import type { SluiceEvent } from '../../../contracts/events/sluice-event.ts';
import { unfrozenEvent } from '../../../core/events/sluice-events.ts';
import { endpointOf, listenOnLoopback } from '../../../sandbox/aws/listener.ts';
import { type BusEvent, startEvents } from '../../../sandbox/aws/start-events.ts';
import { closedAfterwards } from '../aws/opened.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const event: SluiceEvent = unfrozenEvent('chest-xray-mlops', '2026-11-26T10:00:00.000Z');
const busAt = (endpoint: string, bus = 'sluice') =>
  createEventBus({ region: 'us-east-1', endpoint, credentials, bus, within: seconds(60) });

it('puts an event on its own bus, where rules of that bus and no others get it', async () => {
  const seen: { target: string; event: BusEvent }[] = [];
  const pattern = { source: ['sluice'], 'detail-type': ['Service Unfrozen'] };
  const events = await closedAfterwards(
    startEvents({
      port: 0,
      buses: ['sluice'],
      rules: [
        { name: 'told', bus: 'sluice', pattern, targets: ['chat'] },
        { name: 'elsewhere', pattern, targets: ['nobody'] },
      ],
      invoke: async (target, event) => {
        seen.push({ target, event });
      },
    }),
  );

  await busAt(events.endpoint).publish(event);
  await busAt(events.endpoint, 'arn:aws:events:us-east-1:123456789012:event-bus/sluice').publish(event);

  expect(seen.map(({ target }) => target)).toEqual(['chat', 'chat']);
  expect(seen[0]?.event).toMatchObject({
    source: 'sluice',
    'detail-type': 'Service Unfrozen',
    time: '2026-11-26T10:00:00Z',
    detail: event.detail,
  });
  const shown = await (await fetch(`${events.endpoint}/store`)).json();
  expect(shown).toMatchObject({ events: [{ bus: 'sluice', detail: event.detail }, { bus: 'sluice' }] });
});

it('says so when the bus refuses the event, or is not there', async () => {
  const events = await closedAfterwards(startEvents({ port: 0, rules: [], invoke: async () => undefined }));

  await expect(busAt(events.endpoint).publish(event)).rejects.toThrow(
    /PutEvents "Service Unfrozen" to sluice: .*does not exist/,
  );
  await events.close();
  await expect(busAt(events.endpoint).publish(event)).rejects.toMatchObject({ name: 'DependencyUnavailable' });
});

it('tries again when EventBridge is busy, with the same id, and gives up in time when it does not answer', async () => {
  const bodies: string[] = [];
  const answers = [503, 200];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      const status = answers.shift();
      if (status !== undefined) response.writeHead(status).end('{}');
    });
  });
  await listenOnLoopback(server, 0);
  const bus = busAt(endpointOf(server));

  await bus.publish(event);
  await expect(bus.publish(event, { within: milliseconds(50) })).rejects.toThrow('no answer within 50 ms');

  expect(bodies[0]).toContain(event.detail.id);
  expect(bodies[1]).toBe(bodies[0]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
