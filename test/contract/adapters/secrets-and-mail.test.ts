import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMailer } from '../../../adapters/notice/mailer.ts';
import { createSecrets } from '../../../adapters/secrets/secrets.ts';
import { type Milliseconds, milliseconds, minutes, seconds } from '../../../contracts/duration.ts';
import { after, instant } from '../../../contracts/instant.ts';
import type { StandIn } from '../../../sandbox/aws/listener.ts';
import { startSecretsManager } from '../../../sandbox/aws/start-secrets-manager.ts';
import { startSes } from '../../../sandbox/aws/start-ses.ts';
import { clientSettings } from '../aws/client-settings.ts';
import { json, startScriptedServer } from './scripted-server.ts';

const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' };
const region = 'us-east-1';

describe('createSecrets', () => {
  let dataDir: string;
  let manager: StandIn;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-adapter-secrets-'));
    manager = await startSecretsManager({
      port: 0,
      dataDir,
      secrets: { alertmanager: 'one', empty: '', 'from-a-file': 't0ken\n', 'only-a-line': '\n' },
    });
  });
  afterAll(async () => {
    await manager.close();
    await rm(dataDir, { recursive: true });
  });

  it('gives a secret, keeps it for 5 minutes, and then knows its predecessor too', async () => {
    let now = instant(0);
    const secrets = createSecrets({ region, endpoint: manager.endpoint, credentials, now: () => now });
    const put = new SecretsManagerClient(clientSettings(manager.endpoint));

    expect(await secrets.get('alertmanager')).toEqual({ current: 'one', previous: null });
    await put.send(new PutSecretValueCommand({ SecretId: 'alertmanager', SecretString: 'two' }));
    expect(await secrets.get('alertmanager')).toEqual({ current: 'one', previous: null });
    now = after(now, minutes(5));
    expect(await secrets.get('alertmanager')).toEqual({ current: 'two', previous: 'one' });
    put.destroy();
  });

  it('asks again when told to forget', async () => {
    const secrets = createSecrets({ region, endpoint: manager.endpoint, credentials, now: () => instant(0) });
    const put = new SecretsManagerClient(clientSettings(manager.endpoint));
    await secrets.get('alertmanager');
    await put.send(new PutSecretValueCommand({ SecretId: 'alertmanager', SecretString: 'three' }));

    secrets.forget('alertmanager');

    expect((await secrets.get('alertmanager')).current).toBe('three');
    put.destroy();
  });

  it('takes the end of the line for no part of a secret that was stored from a file', async () => {
    const secrets = createSecrets({ region, endpoint: manager.endpoint, credentials, now: () => instant(0) });

    expect((await secrets.get('from-a-file')).current).toBe('t0ken');
  });

  it.each([
    ['nothing', 'ResourceNotFoundException'],
    ['empty', 'the secret is empty'],
    ['only-a-line', 'the secret is empty'],
  ])('refuses %s: nothing is ever verified with an empty key', async (name, reason) => {
    const secrets = createSecrets({ region, endpoint: manager.endpoint, credentials, now: () => instant(0) });

    await expect(secrets.get(name)).rejects.toMatchObject({
      name: 'DependencyRefused',
      message: expect.stringContaining(reason),
    });
  });

  it('calls a server that does not answer unavailable', async () => {
    const endpoint = 'http://127.0.0.1:9';
    const secrets = createSecrets({ region, endpoint, credentials, now: () => instant(0) });

    await expect(secrets.get('alertmanager')).rejects.toMatchObject({
      name: 'DependencyUnavailable',
      message: expect.stringMatching(/^Secrets Manager: GetSecretValue alertmanager AWS\w+: .*ECONNREFUSED/),
    });
  });
});

describe('createMailer', () => {
  const mail = {
    from: 'sluice@example.com',
    to: ['ana@example.com', 'ben@example.com'],
    subject: 'Freigabe für v2.1.0',
    text: 'Bitte prüfen.',
    html: '<p>Bitte prüfen.</p>',
    tags: { operation: 'op/1' },
  };

  it('sends text and HTML to everybody', async () => {
    const ses = await startSes({ port: 0 });
    const mailer = createMailer({ region, endpoint: ses.endpoint, credentials });

    const outcome = await mailer.send(mail);

    expect(outcome).toEqual({ kind: 'sent', messageId: expect.stringMatching(/./) });
    const store = await (await fetch(`${ses.endpoint}/store`)).json();
    expect(store).toMatchObject({
      emails: [
        {
          from: mail.from,
          destination: { to: mail.to },
          subject: mail.subject,
          body: { text: mail.text, html: mail.html },
        },
      ],
    });
    await ses.close();
  });

  it('says to which conversation it belongs, and that a machine wrote it', async () => {
    const ses = await startSes({ port: 0 });
    const mailer = createMailer({ region, endpoint: ses.endpoint, credentials });
    await fetch(`${ses.endpoint}/clear-store`, { method: 'POST' });
    const server = await startScriptedServer();
    server.answer(json({ MessageId: 'm' }));
    const scripted = createMailer({ region, endpoint: server.url, credentials });
    const from = 'Sluice <sluice@example.com>';

    expect(await mailer.send({ ...mail, thread: ['one'] })).toMatchObject({ kind: 'sent' });
    await scripted.send({ ...mail, from, thread: ['one', 'at-rest-two 2'] });
    await scripted.send(mail);

    const headers = server.seen.map(({ body }) => JSON.parse(body).Content.Simple.Headers);
    expect(headers).toEqual([
      [
        { Name: 'Auto-Submitted', Value: 'auto-generated' },
        { Name: 'In-Reply-To', Value: '<at-rest-two_2@example.com>' },
        { Name: 'References', Value: '<one@example.com> <at-rest-two_2@example.com>' },
      ],
      [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
    ]);
    await server.close();
    await ses.close();
  });

  it('sends to no more than 50 at once, which is all that SES takes, and to everybody', async () => {
    const server = await startScriptedServer();
    server.answer(json({ MessageId: 'm' }));
    const to = Array.from({ length: 101 }, (_, index) => `p${index}@example.com`);
    const mailer = createMailer({ region, endpoint: server.url, credentials, configurationSet: 'sluice-mail' });

    expect(await mailer.send({ ...mail, to })).toEqual({ kind: 'sent', messageId: 'm' });

    const sent = server.seen.map(({ body }) => JSON.parse(body));
    expect(sent.map(({ Destination }) => Destination.ToAddresses.length)).toEqual([50, 50, 1]);
    expect(sent.flatMap(({ Destination }) => Destination.ToAddresses)).toEqual(to);
    expect(sent.map(({ ConfigurationSetName }) => ConfigurationSetName)).toEqual(Array(3).fill('sluice-mail'));

    server.answer((request, response) =>
      request.body.includes('"p60@example.com"')
        ? response.writeHead(400, { 'x-amzn-errortype': 'MessageRejected' }).end('{"message":"suppressed"}')
        : json({ MessageId: 'm' })(request, response),
    );
    server.seen.length = 0;

    const outcome = await mailer.send({ ...mail, to });

    expect(outcome).toMatchObject({ kind: 'rejected', reason: expect.stringContaining('suppressed') });
    expect(server.seen).toHaveLength(3);
    await server.close();
  });

  it('tells a mail that is not taken from a service that does not work', async () => {
    const server = await startScriptedServer();
    const within = (budget: Milliseconds) =>
      createMailer({ region, endpoint: server.url, credentials, within: budget });
    const mailer = within(seconds(60));
    const message = 'Email address is not verified.';

    server.answer((_, response) =>
      response
        .writeHead(400, { 'content-type': 'application/json', 'x-amzn-errortype': 'MessageRejected' })
        .end(JSON.stringify({ message })),
    );
    expect(await mailer.send(mail)).toEqual({ kind: 'rejected', reason: `MessageRejected: ${message}` });

    server.answer((_, response) =>
      response
        .writeHead(429, { 'content-type': 'application/json', 'x-amzn-errortype': 'TooManyRequestsException' })
        .end('{"message":"slow down"}'),
    );
    await expect(mailer.send(mail)).rejects.toMatchObject({ name: 'DependencyUnavailable' });

    server.answer(json({ message: 'not yours' }, 403));
    await expect(mailer.send(mail)).rejects.toMatchObject({ name: 'DependencyRefused', status: 403 });

    const requests = server.seen.length;
    server.answer(() => {});
    await expect(within(milliseconds(500)).send(mail)).rejects.toThrow('no answer within 500 ms');
    expect(server.seen).toHaveLength(requests + 1);
    expect(server.seen[0]?.body).toContain('"Value":"op_1"');
    await server.close();
  });
});
