import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { generate } from 'selfsigned';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HttpAnswer, HttpQuestion } from '../../../../adapters/shared/http.ts';
import { createSnsSignatures } from '../../../../adapters/topic/sns-signature.ts';
import { milliseconds, minutes } from '../../../../contracts/duration.ts';
import { createApp } from '../../../../functions/alertmanager-webhook/app.ts';
import { createWorld, FakeWorkflow, fakeSecrets, machines, type World } from '../../pipeline/support/world.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/sns/${name}`, import.meta.url), 'utf8');

const topic = 'arn:aws:sns:eu-central-1:123456789012:alerts';
const certificateUrl = 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-0a1b2c3d4e5f.pem';

interface Message {
  Type: string;
  MessageId: string;
  TopicArn: string;
  Subject?: string;
  Message: string;
  Timestamp: string;
  SignatureVersion: string;
  SigningCertURL: string;
  Token?: string;
  SubscribeURL?: string;
}

let world: World;
let keys: { private: string; cert: string };
let otherKeys: { private: string; cert: string };
let workflow: FakeWorkflow;
let asked: string[];
let answers: (url: string) => number;
const ids = { last: 0 };
const next = (): number => {
  ids.last += 1;
  return ids.last;
};

beforeAll(async () => {
  world = await createWorld();
  const validity = {
    notBeforeDate: new Date('2026-01-01'),
    notAfterDate: new Date('2027-01-01'),
    keySize: 2_048 as const,
  };
  const certificate = () => generate([{ name: 'commonName', value: 'sns.amazonaws.com' }], validity);
  [keys, otherKeys] = await Promise.all([certificate(), certificate()]);
});
beforeEach(() => {
  workflow = new FakeWorkflow();
  asked = [];
  answers = () => 200;
});

const message = (changes: Partial<Message> = {}): Message => ({
  Type: 'Notification',
  MessageId: `22b80b92-fdea-4c2c-8f9d-${next()}`,
  TopicArn: topic,
  Subject: '[FIRING:1]',
  Message: fixture('amp-json.txt'),
  Timestamp: new Date(world.now()).toISOString(),
  SignatureVersion: '2',
  SigningCertURL: certificateUrl,
  ...changes,
});
const confirmation = (changes: Partial<Message> = {}): Message => {
  const { Subject: _, ...rest } = message({
    Type: 'SubscriptionConfirmation',
    Message: 'You have chosen to subscribe …',
  });
  return { ...rest, Token: '2336412f37', SubscribeURL: 'https://evil.example/?Action=ConfirmSubscription', ...changes };
};

/** As SNS signs: the fields by name, each on a line of its own. */
function signed(unsigned: Message, key = keys.private): object {
  const fields = Object.entries(unsigned)
    .filter(([name]) => !name.startsWith('Sign'))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const text = fields.map(([name, value]) => `${name}\n${value}\n`).join('');
  const hash = unsigned.SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
  return { ...unsigned, Signature: createSign(hash).update(text).sign(key, 'base64') };
}

function app(deps: object = {}) {
  const ask = async ({ url }: HttpQuestion): Promise<HttpAnswer> => {
    asked.push(String(url));
    const status = answers(String(url));
    return { status, headers: {}, body: Buffer.from(status === 200 ? keys.cert : '<Error/>') };
  };
  const { alerts, ...configuration } = world.configuration;
  return createApp({
    ...world,
    configuration: { ...configuration, alerts: { ...alerts, topics: [topic] } },
    workflow,
    signatures: createSnsSignatures({ now: world.now, ask }),
    secrets: fakeSecrets({ current: 'token', previous: null }),
    secretName: 'alertmanager',
    // The database here answers as slowly as it likes.
    claimWithin: minutes(1),
    rollbackMachine: machines.rollback,
    ...deps,
  });
}
const post = (
  body: object,
  { to = app(), headers = {} }: { to?: ReturnType<typeof app>; headers?: Record<string, string> } = {},
) =>
  to.request('/webhooks/sns', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
  });

describe('POST /webhooks/sns', () => {
  it.each([
    ['JSON of Amazon’s Alertmanager', 'amp-json.txt', 'HighErrorRate'],
    ['text of Amazon’s Alertmanager', 'amp-text.txt', 'HighErrorRate'],
    ['an alarm of CloudWatch', 'cloudwatch-alarm.json', 'green target errors'],
    ['a composite alarm', 'cloudwatch-composite-alarm.json', 'green is bad'],
  ])('%s starts the rollback machine as the webhook does', async (_, name, alertname) => {
    const answer = await post(signed(message({ Message: fixture(name) })));

    expect(answer.status).toBe(202);
    expect(workflow.started.map(({ input }) => input)).toMatchObject([
      { trigger: { kind: 'alert', environment: 'green', severity: 'critical', name: alertname } },
    ]);
  });

  it('a message without a subject is signed without it', async () => {
    const { Subject: _, ...rest } = message();

    expect((await post(signed(rest))).status).toBe(202);
  });

  it('remembers what is resolved', async () => {
    await post(signed(message()));

    const known = await world.store.alerts.list(world.service.name);
    expect(known).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ fingerprint: '8a07d901fd72bc01', status: 'resolved' }),
        expect.objectContaining({ fingerprint: '3307d901fd72bc35', status: 'firing' }),
      ]),
    );
  });

  it.each<[string, Partial<Message>]>([
    ['of a topic that is not configured', { TopicArn: 'arn:aws:sns:eu-central-1:666666666666:alerts' }],
    ['signed with SHA-1', { SignatureVersion: '1' }],
    [
      'with a certificate of somebody else',
      { SigningCertURL: 'https://sns.evil.example/SimpleNotificationService-0a.pem' },
    ],
    ['with a certificate of another region', { SigningCertURL: certificateUrl.replace('eu-central-1', 'us-east-1') }],
    [
      'with a host that only begins like SNS',
      { SigningCertURL: certificateUrl.replace('.com/', '.com.evil.example/') },
    ],
    ['with a host that SNS is the user of', { SigningCertURL: certificateUrl.replace('.com/', '.com@evil.example/') }],
    ['with a certificate over plain HTTP', { SigningCertURL: certificateUrl.replace('https', 'http') }],
    ['with another path of SNS', { SigningCertURL: certificateUrl.replace('-0a1b', '-/../0a1b') }],
    ['with a query', { SigningCertURL: `${certificateUrl}?Action=Publish` }],
    ['older than the last retry of SNS', { Timestamp: '2026-11-23T13:54:00.000Z' }],
    ['in the future', { Timestamp: '2026-11-24T15:00:00.000Z' }],
  ])('refuses a message %s, and asks nobody', async (_, changes) => {
    const answer = await post(signed(message(changes)));

    expect(answer.status).toBe(401);
    expect(asked).toEqual([]);
    expect(workflow.started).toEqual([]);
  });

  it('refuses another’s signature, and any field that was changed', async () => {
    const refused = [
      signed(message(), otherKeys.private),
      { ...signed(message()), Signature: '' },
      { ...signed(message()), Message: fixture('cloudwatch-alarm.json') },
      { ...signed(message()), MessageId: 'another' },
      { ...signed(message()), Subject: 'another' },
      { ...signed(message()), Timestamp: '2026-11-23T14:59:59.000Z' },
      { ...signed(confirmation()), Token: 'another' },
      { ...signed(message()), Type: 'SubscriptionConfirmation', Token: 'mine' },
    ];
    for (const body of refused) expect((await post(body)).status).toBe(401);

    expect(workflow.started).toEqual([]);
    expect(asked.filter((url) => url !== certificateUrl)).toEqual([]);
  });

  it('refuses a certificate whose time is over', async () => {
    const later = { now: () => (world.now() + 365 * 24 * 3_600_000) as ReturnType<World['now']> };
    const body = signed(message({ Timestamp: new Date(later.now()).toISOString() }));
    const signatures = createSnsSignatures({
      ...later,
      ask: async () => ({ status: 200, headers: {}, body: Buffer.from(keys.cert) }),
    });

    expect((await post(body, { to: app({ ...later, signatures }) })).status).toBe(401);
  });

  it('refuses a replay, of an alert as of the news that it is resolved', async () => {
    const body = signed(message({ Message: fixture('cloudwatch-alarm.json').replace('ALARM"', 'OK"') }));

    expect((await post(body)).status).toBe(202);
    world.pass(60_000);
    expect((await post(body)).status).toBe(409);
  });

  it('of two of the same message at the same time one is taken', async () => {
    const body = signed(message());

    const both = await Promise.all([post(body), post(body)]);

    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
  });

  it('what failed is taken when SNS repeats it', async () => {
    const body = signed(message());
    const failing = Object.assign(new FakeWorkflow(), {
      start: async () => {
        throw new Error('Step Functions is away');
      },
    });

    expect((await post(body, { to: app({ workflow: failing }) })).status).toBe(503);
    expect((await post(body)).status).toBe(202);
    expect(workflow.started).toHaveLength(1);
  });

  it('an attempt that ended without a word is over when SNS tries again', async () => {
    const body = signed(message({ MessageId: 'died' }));
    const at = new Date(world.now()).toISOString();
    await world.store.messages.claim('died', { at, attemptsSince: at });

    expect((await post(body)).status).toBe(409);
    world.pass(20_000);
    expect((await post(body)).status).toBe(202);
  });

  it('a database that is away, or does not answer, keeps no alert from being judged', async () => {
    const away = async () => {
      throw new Error('away');
    };
    for (const claim of [away, () => new Promise<never>(() => undefined)]) {
      const store = { ...world.store, messages: { claim, finish: away } };
      const labels = { service: world.service.name, severity: 'critical', claim: claim.name };

      const answer = await post(
        signed(message({ Message: JSON.stringify({ status: 'firing', alerts: [{ labels }] }) })),
        {
          to: app({ store, claimWithin: milliseconds(1) }),
        },
      );

      expect(answer.status).toBe(202);
    }
    expect(workflow.started).toHaveLength(2);
  });

  it('confirms a subscription of a configured topic at SNS itself, wherever the message points', async () => {
    const answer = await post(signed(confirmation()));

    expect(answer.status).toBe(202);
    expect(asked).toEqual([
      certificateUrl,
      `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(topic)}&Token=2336412f37&Version=2010-03-31`,
    ]);
  });

  it('confirms no other', async () => {
    const other = 'arn:aws:sns:eu-central-1:123456789012:other';

    expect((await post(signed(confirmation({ TopicArn: other })))).status).toBe(401);
    expect(asked).toEqual([]);
  });

  it('has SNS repeat a confirmation, or a message, that could not be looked into now', async () => {
    const body = signed(confirmation());
    answers = (url) => (url.includes('Confirm') ? 503 : 200);
    expect((await post(body)).status).toBe(503);
    answers = () => 200;
    expect((await post(body)).status).toBe(202);

    answers = () => 500;
    expect((await post(signed(message()), { to: app() })).status).toBe(503);
    answers = () => 403;
    expect((await post(signed(message()), { to: app() })).status).toBe(401);
  });

  it('fetches a certificate once', async () => {
    const to = app();
    for (let round = 0; round < 3; round += 1) await post(signed(message()), { to });

    expect(asked).toEqual([certificateUrl]);
  });

  it('says that raw delivery has no signature, and what it cannot read', async () => {
    const raw = await post({ alerts: [] }, { headers: { 'x-amz-sns-rawdelivery': 'true' } });

    expect(raw.status).toBe(400);
    expect(await raw.text()).toContain('Raw message delivery');
    expect((await post({})).status).toBe(400);
    expect((await post(signed(message({ Message: 'Hello' })))).status).toBe(400);
    const deliveries = await world.store.deliveries.list(50);
    expect(deliveries.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining([expect.stringContaining('neither')]),
    );
  });

  it('says nothing of why to who was refused, and all of it to the log', async () => {
    const answer = await post(signed(message({ SignatureVersion: '1' })));

    expect(await answer.text()).not.toContain('version');
    expect(JSON.stringify(world.logged)).toContain('set SignatureVersion of the topic to 2');
  });
});
