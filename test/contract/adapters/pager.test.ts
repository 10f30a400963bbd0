import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createSnsPager } from '../../../adapters/notice/sns-pager.ts';
import { createWebhookPager } from '../../../adapters/notice/webhook-pager.ts';
import { type ScriptedServer, startScriptedServer } from './scripted-server.ts';

let server: ScriptedServer;
beforeAll(async () => {
  server = await startScriptedServer();
});
beforeEach(() => {
  server.seen.length = 0;
});
afterAll(() => server.close());

describe('createWebhookPager', () => {
  const page = { subject: 'chest-xray-mlops is frozen', text: 'The return could not be verified.', key: 'op-1' };
  const pager = () => createWebhookPager({ webhook: `${server.url}/hooks/very-secret`, token: async () => 'token' });

  it('posts the page', async () => {
    server.answer((_, response) => response.writeHead(202).end());

    await pager().page(page);

    expect(server.seen).toMatchObject([{ method: 'POST', path: '/hooks/very-secret', body: JSON.stringify(page) }]);
    expect(server.seen[0]?.headers.authorization).toBe('Bearer token');
  });

  it.each([
    [503, 'NeighbourUnavailable'],
    [429, 'NeighbourUnavailable'],
    [404, 'NeighbourRefused'],
    [302, 'NeighbourRefused'],
  ])('turns status %i into %s, naming neither the secret path nor the token', async (status, name) => {
    server.answer((_, response) => response.writeHead(status).end());

    const failure = await pager()
      .page(page)
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name, message: `pager: POST ${server.url}: status ${status}` });
    expect(server.seen).toHaveLength(1);
  });
});

describe('createSnsPager', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:123456789012:on-call';
  const pager = () =>
    createSnsPager({
      topicArn,
      endpoint: server.url,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'very-secret' },
    });

  it('publishes to the topic, signed for its region, with a subject that SNS takes', async () => {
    server.answer((_, response) => response.end('<PublishResponse/>'));

    await pager().page({ subject: `Größe\nüber 100: ${'x'.repeat(200)}`, text: 'Die Rückkehr ist ungeprüft.' });

    expect(server.seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIATEST\/\d{8}\/eu-west-1\/sns\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
    );
    const form = Object.fromEntries(new URLSearchParams(server.seen[0]?.body));
    expect(form).toMatchObject({ Action: 'Publish', TopicArn: topicArn, Message: 'Die Rückkehr ist ungeprüft.' });
    expect(form.Subject).toMatch(/^[\x20-\x7e]{100}$/);
  });

  it.each([
    [400, 'Throttling', 'NeighbourUnavailable', '400 Throttling'],
    [503, 'ServiceUnavailable', 'NeighbourUnavailable', '503 ServiceUnavailable'],
    [403, 'AuthorizationError', 'NeighbourRefused', 'AuthorizationErrorException: not now'],
  ])('turns %i %s into %s', async (status, code, name, reason) => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>not now</Message></Error></ErrorResponse>`;
    server.answer((_, response) => response.writeHead(status).end(body));

    await expect(pager().page({ subject: 's', text: 't' })).rejects.toMatchObject({
      name,
      message: `SNS: Publish to ${topicArn}: ${reason}`,
    });
  });
});
