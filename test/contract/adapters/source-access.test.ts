import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMetricsSources } from '../../../adapters/metrics/create-metrics-source.ts';
import type { ObjectiveSource } from '../../../contracts/configuration/objectives.ts';
import { instant } from '../../../contracts/instant.ts';
import { acceptedService, exampleText } from '../../unit/contracts/configuration/example.ts';
import { json, type ScriptedServer, startScriptedServer } from './scripted-server.ts';

const values = { service: 's', environment: 'green', namespace: 'n', version: 'v', backend: 's', window: '60s' };
const answer = { status: 'success', data: { resultType: 'scalar', result: [1, '0.5'] } };
const credentials = { accessKeyId: 'AKIAOWN', secretAccessKey: 'very-secret', sessionToken: 'session' };

let prometheus: ScriptedServer;
let manager: ScriptedServer;
beforeAll(async () => {
  [prometheus, manager] = await Promise.all([startScriptedServer(), startScriptedServer()]);
});
beforeEach(() => {
  prometheus.seen.length = 0;
  manager.seen.length = 0;
  prometheus.answer(json(answer));
});
afterAll(() => Promise.all([prometheus.close(), manager.close()]));

/** Asks a source; Secrets Manager has this secret. */
function source(written: Partial<ObjectiveSource> & object, secret = '') {
  manager.answer(json({ SecretString: secret }));
  const { objectives } = acceptedService(exampleText);
  const open = createMetricsSources({
    secrets: { region: 'us-east-1', endpoint: manager.url, credentials },
    cloudWatch: { endpoint: manager.url, credentials },
    credentials: async () => credentials,
    now: () => instant(Date.parse('2026-11-29T12:00:00Z')),
  });
  const found: ObjectiveSource = { kind: 'prometheus', url: prometheus.url, ...written } as ObjectiveSource; // as a test writes it
  return open({ objectives: { ...objectives, source: found } });
}
const authorization = () => prometheus.seen.map(({ headers }) => headers.authorization);

describe('a source that wants to know who asks', () => {
  it.each([
    ['a bearer token', 'bearer', 't0ken', 'Bearer t0ken'],
    ['user:password', 'basic', 'ana:p:w', `Basic ${Buffer.from('ana:p:w').toString('base64')}`],
    [
      'a user as Secrets Manager writes it',
      'basic',
      '{"username":"ana","password":"pw"}',
      `Basic ${Buffer.from('ana:pw').toString('base64')}`,
    ],
  ] as const)('is shown %s of a secret', async (_, kind, secret, wanted) => {
    const asked = source({ auth: { kind, secret: 'monitoring/prometheus' } }, secret);

    expect(await asked.query('up', values)).toEqual({ kind: 'value', value: 0.5 });

    expect(authorization()).toEqual([wanted]);
    expect(JSON.parse(manager.seen[0]?.body ?? '').SecretId).toBe('monitoring/prometheus');
  });

  it('as JSON addresses are, too', async () => {
    prometheus.answer(json({ errors: 3 }));
    const asked = source({ kind: 'web', auth: { kind: 'bearer', secret: 'a' } }, 't0ken');

    expect(await asked.query('errors', values)).toEqual({ kind: 'value', value: 3 });
    expect(authorization()).toEqual(['Bearer t0ken']);
  });

  it('reads a secret anew once it was refused, and has it in no reading', async () => {
    prometheus.answer((_, response) => response.writeHead(401).end('t0ken'));
    const asked = source({ auth: { kind: 'bearer', secret: 'a' } }, 'old-t0ken');
    const refused = await asked.query('up', values);
    manager.answer(json({ SecretString: 'new-t0ken' }));
    prometheus.answer(json(answer));

    expect(await asked.query('up', values)).toEqual({ kind: 'value', value: 0.5 });
    expect(authorization()).toEqual(['Bearer old-t0ken', 'Bearer new-t0ken']);
    expect(refused).toEqual({
      kind: 'unreachable',
      reason: expect.stringContaining('does not take the auth that its source has'),
    });
    expect(JSON.stringify(refused)).not.toContain('t0ken');
  });

  it.each(['{"username":"ana"}', '{no json'])(
    'says what is wrong with the secret %s, and not what it is',
    async (secret) => {
      const read = await source({ auth: { kind: 'basic', secret: 'a' } }, secret).query('up', values);

      expect(read).toEqual({ kind: 'unreachable', reason: expect.stringMatching(/The secret a .*password/) });
      expect(JSON.stringify(read)).not.toContain('ana');
      expect(prometheus.seen).toEqual([]);
    },
  );

  it('is signed for Amazon Managed Service for Prometheus by Sluice’s own keys, the body included', async () => {
    const asked = source({ auth: { kind: 'sigv4', region: 'eu-west-1' } });
    await asked.query('up', values);
    await asked.query('down', values);

    const [up, down] = prometheus.seen.map(({ headers }) => headers);
    expect(up).toMatchObject({ 'x-amz-security-token': 'session', 'x-amz-date': '20261129T120000Z' });
    expect(up?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAOWN\/20261129\/eu-west-1\/aps\/aws4_request, SignedHeaders=host;\S*, Signature=[0-9a-f]{64}$/,
    );
    expect(down?.authorization).not.toBe(up?.authorization);
  });
});

describe('a source with a certificate of an authority of one’s own', () => {
  let server: Server;
  let certificate: string;
  beforeAll(async () => {
    const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }];
    const made = await generate([{ name: 'commonName', value: 'prometheus' }], { extensions });
    certificate = made.cert;
    server = createServer({ key: made.private, cert: made.cert }, (_, response) =>
      response.end(JSON.stringify(answer)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  // A server that listens on a port has such an address.
  const url = () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  it('is asked where sluice.yaml has the authority, and nowhere else', async () => {
    const certificateAuthority = Buffer.from(certificate).toString('base64');

    expect(await source({ url: url(), certificateAuthority }).query('up', values)).toEqual({
      kind: 'value',
      value: 0.5,
    });
    expect(await source({ url: url() }).query('up', values)).toEqual({
      kind: 'unreachable',
      reason: expect.stringMatching(/certificate/),
    });
  });
});
