import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { StatusChangeEvent } from '../../../sandbox/stepfunctions/journal/status-change.ts';
import { type StepFunctions, startStepFunctions } from '../../../sandbox/stepfunctions/start-step-functions.ts';
import { patienceMs, until } from '../../support/until.ts';

export const roleArn = 'arn:aws:iam::123456789012:role/machine';

/** An answer of the Lambda service in the test's hands. */
export interface LambdaAnswer {
  status?: number;
  headers?: Record<string, string>;
  body: unknown;
}

/** The engine behind a real listener, the real client library, and services that the test answers for (in `lambda`). */
export class World {
  readonly told: StatusChangeEvent[] = [];
  readonly invocations: { path: string; payload: unknown }[] = [];
  lambda: (payload: unknown) => LambdaAnswer | Promise<LambdaAnswer> = (payload) => ({ body: payload });
  client!: SFNClient;
  endpoint = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'stepfunctions-api-'));
  #server!: Server;
  #stepFunctions!: StepFunctions;
  #names = 0;

  static async open(): Promise<World> {
    const world = new World();
    world.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer); // Buffers: no encoding is set
      const payload: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
      world.invocations.push({ path: request.url ?? '', payload });
      const { status = 200, headers = {}, body } = await world.lambda(payload);
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-amz-executed-version': '$LATEST',
        ...headers,
      });
      response.end(JSON.stringify(body));
    });
    world.#server.listen(0, '127.0.0.1');
    await once(world.#server, 'listening');
    const lambda = `http://127.0.0.1:${(world.#server.address() as AddressInfo).port}`; // a TCP server that listens has one
    world.#stepFunctions = await startStepFunctions({
      port: 0,
      dataDir: world.#folder,
      region: 'us-east-1',
      accountId: '123456789012',
      endpoints: { lambda, dynamodb: lambda, events: lambda, ecr: lambda },
      credentials: { accessKeyId: 'engine', secretAccessKey: 'secret' },
      onStatusChange: (event) => void world.told.push(event),
    });
    world.endpoint = world.#stepFunctions.endpoint;
    world.client = new SFNClient({
      endpoint: world.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'secret' },
      maxAttempts: 1,
    });
    return world;
  }

  /** Creates a machine of these states and returns its ARN. */
  async machine(states: { [name: string]: object }): Promise<string> {
    const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states });
    const name = `machine-${++this.#names}`;
    const { stateMachineArn } = await this.client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
    if (!stateMachineArn) throw new Error('no ARN');
    return stateMachineArn;
  }

  /** Waits until the execution's history has an event of this type. */
  async event(executionArn: string | undefined, type: string) {
    const find = async () => {
      const { events } = await this.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return events?.find((event) => event.type === type);
    };
    return until(`there is an event ${type}`, patienceMs, find, 5);
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.#stepFunctions.close();
    this.#server.closeAllConnections();
    this.#server.close();
    rmSync(this.#folder, { recursive: true });
  }
}
