import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { firstEvents } from '../../bench/bundles/first-events.ts';
import { bundleFunctions } from '../../cdk/bundle-functions.ts';
import type { FunctionName } from '../../cdk/function-names.ts';
import { readExample } from '../../cdk/installation.ts';

const route = 'GET /apis/networking.istio.io/v1/namespaces/production/virtualservices/chest-xray-mlops';
const failing = { name: 'UnrecognizedClientException' };

/** The functions as AWS has them, each in a process of its own. The cluster knows no route, and AWS refuses everything. */
describe('on a cold start', () => {
  const servers: Server[] = [];
  let seen: string[] = [];
  let folder: string;
  let bundles: Record<FunctionName, string>;
  let environment: Record<string, string>;
  beforeAll(async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const listen = async (server: Server, status: number, answer: object): Promise<number> => {
      servers.push(server);
      server.on('request', (request, response) => {
        seen.push(String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port; // it listens on a port
    };
    const cluster = await listen(createTlsServer({ key, cert }), 404, { kind: 'Status', message: 'not found' });
    const aws = await listen(createServer(), 400, { __type: failing.name, message: 'who are you?' });
    const found = readExample();
    const address = {
      endpoint: `https://127.0.0.1:${cluster}`,
      certificateAuthority: Buffer.from(cert).toString('base64'),
    };
    const clusters = found.configuration.clusters.map((one) => ({ ...one, address }));
    folder = mkdtempSync(join(tmpdir(), 'sluice-first-request-'));
    bundles = await bundleFunctions({ ...found, configuration: { ...found.configuration, clusters } }, folder);
    environment = {
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_ENDPOINT_URL: `http://127.0.0.1:${aws}`,
      SLUICE_TABLE: 'sluice',
      SLUICE_EVENT_BUS: 'sluice',
      SLUICE_AUDIT_BUCKET: 'sluice-audit',
      SLUICE_GITHUB_TOKEN_SECRET: 'sluice/github-token',
      SLUICE_DEPLOYMENT_MACHINE: 'arn:deployment',
      SLUICE_ROLLBACK_MACHINE: 'arn:rollback',
      SLUICE_TRAFFIC_MACHINE: 'arn:traffic',
      SLUICE_API_IDENTITY: 'gateway',
      SLUICE_SIGN_IN_ISSUER: 'https://login.example.com/',
      SLUICE_SIGN_IN_NAME_CLAIM: 'email',
    };
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true });
  });

  /** Calls a function in a new process; resolves once it has answered or failed. */
  const call = (name: FunctionName, event: object = firstEvents[name]) =>
    new Promise((resolve) => {
      const script = `const { handler } = await import(${JSON.stringify(join(bundles[name], 'handler.mjs'))});
        await handler(${JSON.stringify(event)}, {}).catch(() => undefined); process.exit()`;
      const env = { ...environment, SLUICE_CONFIGURATION: join(bundles[name], 'sluice.json') };
      spawn(process.execPath, ['--input-type=module', '--eval', script], { env, stdio: 'ignore' }).on('exit', resolve);
    });
  const routesRead = () => seen.filter((one) => /\/(virtualservices|httproutes)\//.test(one));

  it('a rescue asks for the route before anything else, and takes that answer', async () => {
    await call('return-traffic');

    expect(seen[0]).toBe(route);
    expect(seen.filter((one) => one === route)).toEqual([route]);
  });

  it.each(['act', 'observe'] as const)(
    '%s asks for the route that its command begins with, then the database',
    async (name) => {
      await call(name);

      expect(seen.slice(0, 2)).toEqual([route, 'DynamoDB_20120810.GetItem']);
      expect(routesRead()).toHaveLength(1);
    },
  );

  it.each([
    ['act', 'deploy-release'],
    ['observe', 'await-sync'],
  ] as const)('%s asks for no route that %s would not use', async (name, action) => {
    await call(name, { ...firstEvents[name], action });

    expect(seen[0]).toBe('DynamoDB_20120810.GetItem');
    expect(routesRead()).toEqual([]);
  });

  it.each(['watch', 'api'] as const)('%s asks for every route once, first of all', async (name) => {
    await call(name);

    const read = routesRead();
    expect(read.length).toBeGreaterThan(1);
    expect(new Set(read).size).toBe(read.length);
    expect(seen.slice(0, read.length).sort()).toEqual(read.sort());
  });

  it('the approval pages look for the link once, and ask for nothing when there can be none', async () => {
    await call('approvals', { ...firstEvents.approvals, rawPath: '/approvals/short' });
    expect(seen).toEqual([]);

    await call('approvals');

    expect(seen).toEqual(['DynamoDB_20120810.GetItem']);
  });
});
