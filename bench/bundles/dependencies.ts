import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';
import { readObject } from './cluster-objects.ts';
import { readDeployRepository } from './deploy-repository.ts';
import { secret } from './first-events.ts';
import { readServiceRepository } from './service-repository.ts';
import { readTable } from './table-items.ts';

/** Everything that a function asks, on one HTTPS server of this process. */
export interface Dependencies {
  readonly url: string;
  /** The server's certificate, PEM. */
  readonly certificate: string;
  /** Requests to which nothing is known to answer. */
  readonly unknown: readonly string[];
  close(): void;
}

/** Every answer takes this long, in ms: about what AWS and the API server take. */
const latency = 5;

interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** `DynamoDB_20120810.GetItem`, for the services of AWS that say so. */
  readonly target: string | undefined;
  readonly body: string;
}

/** Answers as AWS, the cluster, GitHub and Prometheus do in a deployment under way. Nothing changes by what is written: each call finds the same. */
export async function startDependencies(): Promise<Dependencies> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const unknown: string[] = [];
  const server = createServer({ key, cert }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const asked: Asked = {
      method,
      path,
      target: headers['x-amz-target']?.toString(),
      body: Buffer.concat(chunks).toString('utf8'),
    };
    const answer = answerTo(asked);
    if (answer === undefined) unknown.push(`${asked.method} ${asked.path} ${asked.target ?? ''} ${asked.body}`);
    setTimeout(() => {
      const status = answer === undefined ? 501 : answer === null ? 404 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}));
    }, latency);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    certificate: cert,
    unknown,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Null: there is no such thing. Undefined: nobody here knows what that is. */
function answerTo({ method, path, target, body }: Asked): object | string | null | undefined {
  const [service, operation = ''] = target?.split('.') ?? [];
  switch (service) {
    case 'DynamoDB_20120810':
      return readTable(operation, JSON.parse(body));
    case 'secretsmanager':
      return { Name: 'secret', SecretString: secret };
    case 'AWSEvents':
      return { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
    case 'TrentService':
      return { KeyId: 'key', Mac: 'bWFj', MacAlgorithm: 'HMAC_SHA_256', MacValid: true };
    case 'AWSStepFunctions':
      return answerOfStepFunctions(operation, JSON.parse(body));
  }
  if (path.startsWith('/v2/email/')) return { MessageId: '1' };
  if (path.startsWith('/sluice-audit/')) return '';
  if (path.startsWith('/api/v1/query')) {
    // A ratio of errors, how many answers were errors, or how many there were.
    const value = body.includes('%2F') ? '0.001' : body.includes('response_code') ? '0' : '1000';
    return { status: 'success', data: { resultType: 'vector', result: [{ value: [0, value] }] } };
  }
  if (path.startsWith('/preview/')) return { status: 'ok' };
  if (path.startsWith('/api/') || path.startsWith('/apis/')) {
    const object = readObject(path.split('?')[0] ?? '');
    if (method !== 'PATCH' || object === null) return object;
    // As much of a merge patch as is read of the answer.
    return { ...object, ...JSON.parse(body), metadata: { ...object.metadata, resourceVersion: '2' } };
  }
  if (method !== 'GET') return undefined;
  const found = readDeployRepository(path);
  return found === undefined ? readServiceRepository(path) : found;
}

function answerOfStepFunctions(operation: string, { name = '' }: { name?: string }): object {
  switch (operation) {
    case 'StartExecution':
      return {
        executionArn: `arn:aws:states:us-east-1:123456789012:execution:sluice:${name}`,
        startDate: Date.now() / 1_000,
      };
    case 'ListExecutions':
      return { executions: [] };
    default:
      return {};
  }
}
