import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPagers } from '../../../adapters/notice/create-pagers.ts';
import type { Page } from '../../../adapters/notice/pager.ts';
import { createSnsPager } from '../../../adapters/notice/sns-pager.ts';
import { createWebhookPager } from '../../../adapters/notice/webhook-pager.ts';
import { parseConfiguration } from '../../../contracts/configuration/parse-configuration.ts';
import { instant } from '../../../contracts/instant.ts';
import { exampleText } from '../../unit/contracts/configuration/example.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

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
  const pager = () => createWebhookPager({ webhook: `${server.url}/hooks/very-secret` });

  it('posts the page', async () => {
    server.answer((_, response) => response.writeHead(202).end());

    await pager().page(page);

    expect(server.seen).toMatchObject([{ method: 'POST', path: '/hooks/very-secret', body: JSON.stringify(page) }]);
    expect(server.seen[0]?.headers).not.toHaveProperty('x-sluice-signature');
  });

  it.each([
    [503, 'DependencyUnavailable'],
    [429, 'DependencyUnavailable'],
    [404, 'DependencyRefused'],
    [302, 'DependencyRefused'],
  ])('turns status %i into %s, without naming the secret path', async (status, name) => {
    server.answer((_, response) => response.writeHead(status).end());

    const failure = await pager()
      .page(page)
      .catch((error: unknown) => error);

    expect(failure).toMatchObject({ name, message: `pager: POST ${server.url}: status ${status}` });
    expect(server.seen).toHaveLength(1);
  });
});

describe('formats of a webhook', () => {
  const page = { subject: 'a & b <is> *frozen*', text: 'See <https://x.test|here> & act.', key: 'op-1' };
  const forgotten: string[] = [];
  const secret = (value: string) => ({ get: async () => value, forget: () => forgotten.push(value) });
  const sent = async (options: Parameters<typeof createWebhookPager>[0], told: Page = page) => {
    server.answer((_, response) => response.writeHead(202).end());
    await createWebhookPager({ ...options, now: () => instant(1_700_000_000_999) }).page(told);
    return server.seen[0];
  };

  it('generic is signed over its time and body, so that a receiver knows who sent it and when', async () => {
    const seen = await sent({ webhook: `${server.url}/hook`, secret: secret('k3y') });

    expect(JSON.parse(seen?.body ?? '')).toEqual(page);
    expect(seen?.headers).toMatchObject({
      'x-sluice-timestamp': '1700000000',
      'x-sluice-signature': `sha256=${createHmac('sha256', 'k3y').update(`1700000000.${seen?.body}`).digest('hex')}`,
    });
  });

  it('pagerduty is an event of its Events API v2, which folds those of the same key', async () => {
    const seen = await sent({ webhook: `${server.url}/v2/enqueue`, format: 'pagerduty', secret: secret('routing') });

    expect(JSON.parse(seen?.body ?? '')).toEqual({
      routing_key: 'routing',
      event_action: 'trigger',
      dedup_key: 'op-1',
      client: 'Sluice',
      payload: { summary: page.subject, source: 'sluice', severity: 'critical', custom_details: { text: page.text } },
    });
  });

  it('pagerduty takes no longer summary and no longer key, and two long keys stay two', async () => {
    const long = { subject: 's'.repeat(2_000), text: 't', key: 'k'.repeat(256) };
    const pagerduty = { webhook: `${server.url}/v2/enqueue`, format: 'pagerduty', secret: secret('routing') } as const;
    const first = JSON.parse((await sent(pagerduty, long))?.body ?? '');
    server.seen.length = 0;
    const second = JSON.parse((await sent(pagerduty, { ...long, key: `${'k'.repeat(255)}x` }))?.body ?? '');

    expect(first.payload.summary).toHaveLength(1_024);
    expect(first.dedup_key.length).toBeLessThanOrEqual(255);
    expect(second.dedup_key).not.toBe(first.dedup_key);
  });

  it('opsgenie is an alert of its Alert API v2, which counts those of the same alias, sent with the key of the integration', async () => {
    const parts = {
      paragraphs: [],
      steps: [],
      facts: [
        { name: 'Service', value: 'a <b>' },
        { name: 'Grafana', value: 'x', url: 'https://grafana.test/d?a=1&b=2' },
      ],
    };
    const opsgenie = { webhook: `${server.url}/v2/alerts`, format: 'opsgenie', secret: secret('genie-k3y\n') } as const;
    const seen = await sent(opsgenie, { ...page, parts });

    expect(seen).toMatchObject({ method: 'POST', path: '/v2/alerts' });
    expect(seen?.headers).toMatchObject({ authorization: 'GenieKey genie-k3y', 'content-type': 'application/json' });
    expect(JSON.parse(seen?.body ?? '')).toEqual({
      message: 'a & b ‹is> *frozen*',
      alias: 'op-1',
      description: 'See ‹https://x.test|here> & act.',
      priority: 'P1',
      source: 'Sluice',
      tags: ['sluice'],
      details: { Service: 'a ‹b>', Grafana: 'https://grafana.test/d?a=1&b=2' },
    });
  });

  it('opsgenie takes a page of any length, cut to the limits of its fields, and two long keys stay two', async () => {
    const facts = Array.from({ length: 80 }, (_, at) => ({
      name: `${at} ${'n'.repeat(300)}`,
      value: 'v'.repeat(2_000),
    }));
    const long = { subject: 's'.repeat(200), text: 't'.repeat(20_000), parts: { paragraphs: [], steps: [], facts } };
    const opsgenie = { webhook: `${server.url}/v2/alerts`, format: 'opsgenie', secret: secret('genie') } as const;
    const first = JSON.parse((await sent(opsgenie, { ...long, key: 'k'.repeat(513) }))?.body ?? '');
    server.seen.length = 0;
    const second = JSON.parse((await sent(opsgenie, { ...long, key: `${'k'.repeat(512)}x` }))?.body ?? '');

    expect(first.message).toHaveLength(130);
    expect(first.description).toHaveLength(15_000);
    const details = Object.entries<string>(first.details);
    expect(details.length).toBeGreaterThan(3);
    expect(details.flat().join('').length).toBeLessThanOrEqual(8_000);
    expect(first.alias.length).toBeLessThanOrEqual(512);
    expect(second.alias).not.toBe(first.alias);
  });

  it.each([
    [429, 'DependencyUnavailable'],
    [503, 'DependencyUnavailable'],
    [422, 'DependencyRefused'],
  ])('opsgenie’s status %i is %s, without naming its key', async (status, name) => {
    server.answer((_, response) => response.writeHead(status).end('{"message":"no"}'));
    const options = { webhook: `${server.url}/v2/alerts`, format: 'opsgenie', secret: secret('genie-k3y') } as const;

    await expect(createWebhookPager(options).page(page)).rejects.toMatchObject({
      name,
      message: `pager: POST ${server.url}: status ${status}`,
    });
  });

  it('slack is a text in which nothing of ours is markup, posted to the secret address', async () => {
    const seen = await sent({ webhook: null, format: 'slack', secret: secret(`${server.url}/services/T/B/x`) });

    expect(seen?.path).toBe('/services/T/B/x');
    expect(JSON.parse(seen?.body ?? '')).toEqual({
      text: '*a &amp; b &lt;is&gt; frozen*\nSee &lt;https://x.test|here&gt; &amp; act.',
    });
  });

  const parts = {
    paragraphs: ['a & b are <slow>', 'v2.0.5 on blue serves.'],
    steps: [{ what: 'Look at both sides', command: 'sluice status --service a' }],
    facts: [
      { name: 'Service', value: 'a & b' },
      { name: 'Grafana|>', value: 'x', url: 'https://grafana.test/d?a=1&b=|>' },
    ],
  };
  const slackBody = async (page: Page) => {
    server.answer((_, response) => response.end('ok'));
    await createWebhookPager({ webhook: `${server.url}/s`, format: 'slack' }).page(page);
    return JSON.parse(server.seen.at(-1)?.body ?? '') as {
      text: string;
      blocks: { text?: { type: string; text: string } }[];
    };
  };

  it('slack lays a page out by Block Kit: why, how things stand, what to type, where to look', async () => {
    const body = await slackBody({ ...page, parts });

    const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });
    expect(body).toEqual({
      text: 'a &amp; b &lt;is&gt; frozen',
      unfurl_links: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: 'a & b <is> *frozen*', emoji: false } },
        ...parts.paragraphs.map((text) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } })),
        { type: 'divider' },
        section('Look at both sides\n```sluice status --service a```'),
        { type: 'divider' },
        section('*Service:* a &amp; b\n<https://grafana.test/d?a=1&amp;b=%7C%3E|Grafana/&gt;>'),
      ],
    });
  });

  it('slack takes a page of any length: what has no room is left out, and what is cut is cut whole', async () => {
    const long = `${'&😀'.repeat(4_000)}`;
    const many = <T>(one: T) => Array.from({ length: 80 }, () => one);

    const { blocks } = await slackBody({
      ...{ subject: long, text: long },
      parts: {
        paragraphs: [long, long],
        steps: many({ what: long, command: long }),
        facts: many({ name: long, value: long }),
      },
    });

    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(12_000);
    expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
    expect(blocks.length).toBeGreaterThan(3);
    for (const { text: shown } of blocks) {
      const { type, text } = shown ?? { type: 'none', text: '' };
      expect(text.length).toBeLessThanOrEqual(3_000);
      expect(text.isWellFormed()).toBe(true);
      if (type === 'mrkdwn') expect(text.replaceAll('&amp;', '')).not.toContain('&');
    }
  });

  it('a secret that is refused is read anew, and is in no message', async () => {
    server.answer((_, response) => response.writeHead(403).end('invalid_token'));
    const address = `${server.url}/services/very-secret`;
    const pager = createWebhookPager({ webhook: null, format: 'slack', secret: secret(address) });

    await expect(pager.page(page)).rejects.toMatchObject({
      name: 'DependencyRefused',
      message: 'pager: POST to the webhook of slack: status 403',
    });
    expect(forgotten).toContain(address);
    await expect(
      createWebhookPager({ webhook: null, format: 'slack', secret: secret('not-an-address') }).page(page),
    ).rejects.toMatchObject({ message: expect.not.stringContaining('not-an-address') });
  });

  it('what a service names is what it is paged by, its secret read from Secrets Manager', async () => {
    const manager = await startScriptedServer();
    manager.answer(json({ SecretString: 'routing' }));
    const credentials = { accessKeyId: 'AKIATEST', secretAccessKey: 'very-secret' };
    const pagers = createPagers({
      sns: {},
      secrets: { region: 'us-east-1', endpoint: manager.url, credentials },
      now: () => instant(0),
    });
    const parsed = parseConfiguration(
      exampleText.replace(
        /page: \{[^}]*\}/,
        `page: { format: pagerduty, secret: on-call/pagerduty, webhook: '${server.url}/e' }`,
      ),
    );
    const [service] = parsed.ok ? parsed.configuration.services : [];
    if (service === undefined) throw new Error('the example is not valid');
    server.answer((_, response) => response.writeHead(202).end());

    try {
      await pagers(service).get('webhook')?.page(page);
    } finally {
      await manager.close();
    }

    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({ routing_key: 'routing' });
    expect(manager.seen.map(({ body }) => JSON.parse(body).SecretId)).toContain('on-call/pagerduty');
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
    expect(form.Subject).toMatch(/^[\x20-\x7e]{99}$/);
  });

  it.each([
    [400, 'Throttling', 'DependencyUnavailable', '400 Throttling'],
    [503, 'ServiceUnavailable', 'DependencyUnavailable', '503 ServiceUnavailable'],
    [403, 'AuthorizationError', 'DependencyRefused', 'AuthorizationErrorException: not now'],
  ])('turns %i %s into %s', async (status, code, name, reason) => {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>not now</Message></Error></ErrorResponse>`;
    server.answer((_, response) => response.writeHead(status).end(body));

    await expect(pager().page({ subject: 's', text: 't' })).rejects.toMatchObject({
      name,
      message: `SNS: Publish to ${topicArn}: ${reason}`,
    });
  });
});
