import { verify } from '@octokit/webhooks-methods';
import { expect, it } from 'vitest';
import { type ServiceRequest, startListener } from '../../../../sandbox/aws/listener.ts';
import { deliverWebhook } from '../../../../sandbox/github/webhook.ts';
import { closedAfterwards } from '../../../contract/aws/opened.ts';

it('delivers with the headers of GitHub and a signature over the bytes that it sent', async () => {
  const received: ServiceRequest[] = [];
  const handle = (request: ServiceRequest) => {
    received.push(request);
    return { status: 202, body: 'accepted' };
  };
  const receiver = await closedAfterwards(startListener({ port: 0, handle }));
  const url = `${receiver.endpoint}/webhooks/github`;

  const first = await deliverWebhook({ url, secret: 's', payload: { action: 'completed', name: 'größe' } });
  await deliverWebhook({ url, secret: 's', payload: { action: 'completed' }, deliveryId: first.deliveryId });

  expect(first).toMatchObject({ status: 202, body: 'accepted' });
  const [request, redelivery] = received;
  expect(request).toMatchObject({
    path: '/webhooks/github',
    headers: {
      'x-github-event': 'workflow_run',
      'content-type': 'application/json',
      'x-github-delivery': first.deliveryId,
    },
  });
  expect(redelivery?.headers['x-github-delivery']).toBe(first.deliveryId);
  expect(await verify('s', request?.body.toString() ?? '', String(request?.headers['x-hub-signature-256']))).toBe(true);
});

it('says that nobody answered', async () => {
  const receiver = await startListener({ port: 0, handle: () => ({ status: 200 }) });
  const url = receiver.endpoint;
  await receiver.close();

  await expect(deliverWebhook({ url, secret: 's', payload: {} })).rejects.toThrow('did not answer');
});
