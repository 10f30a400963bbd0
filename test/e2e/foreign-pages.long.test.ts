import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { observedSandbox } from '../support/observed-sandbox.ts';

const { sandbox, pipeline } = observedSandbox('--no-load');

const evil = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' };

it('no port of the sandbox answers a page of another origin, whatever it asks', async () => {
  const ports = listeningPorts(sandbox.ready.pid);
  const askings = [
    { method: 'GET', headers: evil },
    { method: 'POST', headers: { ...evil, 'content-type': 'text/plain' }, body: '{}' },
    { method: 'OPTIONS', headers: { ...evil, 'access-control-request-method': 'POST' } },
  ];

  const answers = await Promise.all(
    ports.flatMap((port) => askings.map(async (asking) => ({ port, ...asking, ...(await ask(port, asking)) }))),
  );

  // Console, mail, traffic, Kubernetes, AWS's services, GitHub, pods, and what stands before them.
  expect(ports.length).toBeGreaterThan(20);
  expect(answers.filter(({ status }) => status !== 403)).toEqual([]);
  expect(answers.filter(({ allowed }) => allowed !== undefined)).toEqual([]);
});

it('a page elsewhere changes nothing by a simple request', async () => {
  const simple = { method: 'POST', headers: { origin: 'https://evil.example', 'content-type': 'text/plain' } };
  const paths = ['faults', 'releases', 'dependencies', 'pages'].map((name) => `/api/sandbox/${name}`);

  const answers = await Promise.all(
    paths.map((path) =>
      fetch(`${sandbox.ready.console}${path}`, { ...simple, body: '{"version":"v0.0.1","errorRate":1}' }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  expect(await pipeline.api('/api/sandbox/faults')).toEqual([]);
  expect(await pipeline.api('/api/sandbox/pages')).toEqual([]);
});

it('DynamoDB answers nobody whose access key the sandbox has not given out', async () => {
  const { region, accessKeyId, secretAccessKey } = sandbox.ready.aws;
  const clientOf = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new DynamoDBClient({ region, endpoint: sandbox.ready.endpoints.dynamodb, credentials });

  const stranger = clientOf({ accessKeyId: 'nobody', secretAccessKey }).send(new ListTablesCommand({}));
  const operator = clientOf({ accessKeyId, secretAccessKey }).send(new ListTablesCommand({}));

  await expect(stranger).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  await expect(operator).resolves.toMatchObject({ TableNames: ['sluice'] });
});

interface Asking {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Of a port that may speak TLS. */
async function ask(port: number, asking: Asking): Promise<{ status: number; allowed: string | undefined }> {
  const send = (request: typeof requestHttp | typeof requestHttps, protocol: string) =>
    new Promise<{ status: number; allowed: string | undefined }>((resolve, reject) => {
      const { method, headers, body } = asking;
      const asked = request(`${protocol}://127.0.0.1:${port}/`, { method, headers, rejectUnauthorized: false });
      asked.once('error', reject);
      asked.once('response', (answer) => {
        answer.resume();
        resolve({ status: answer.statusCode ?? 0, allowed: answer.headers['access-control-allow-origin'] });
      });
      asked.end(body);
    });
  return await send(requestHttp, 'http').catch(() => send(requestHttps, 'https'));
}

/** The TCP ports on which a process listens, as Linux has it. */
function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  return readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A' && sockets.has(fields[9] ?? ''))
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16));
}
