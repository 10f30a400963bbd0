import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { rate } from './bench-engine.ts';
import { fiveStates } from './engine-machines.ts';
import type { Contestant } from './interleave.ts';

const executions = 1_000;
const atATime = 50;
const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };

/** A function that gives back what it gets, behind HTTP, and the place where ends of executions are told. */
async function startDependencies() {
  const ended = new Map<string, () => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // Buffers: no encoding is set
    const body = Buffer.concat(chunks).toString();
    if (request.url === '/ended') {
      ended.get(JSON.parse(body).executionArn)?.();
      response.end();
    } else response.setHeader('content-type', 'application/json').end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { ended, url: `http://127.0.0.1:${port}`, server };
}

async function contestant(sync: boolean): Promise<Contestant> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  const { ended, url, server } = await startDependencies();
  const program = join(import.meta.dirname, 'engine-process.ts');
  const child = spawn(process.execPath, [program, folder, url, String(sync)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const endpoint = String((await once(child.stdout, 'data'))[0]).trim();
  const client = new SFNClient({ endpoint, region: 'us-east-1', credentials });
  const roleArn = 'arn:aws:iam::123456789012:role/bench';
  const definition = JSON.stringify(fiveStates);
  let round = 0;
  return {
    name: `five states, through the SDK, durable ${sync ? 'with' : 'without'} sync`,
    async round() {
      const name = `five-${round++}`;
      const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name, definition, roleArn }));
      return rate(executions, atATime, async (n) => {
        const arn = `arn:aws:states:us-east-1:123456789012:execution:${name}:e${n}`;
        const end = new Promise<void>((resolve) => ended.set(arn, resolve));
        await client.send(new StartExecutionCommand({ stateMachineArn, name: `e${n}`, input: `{"n":${n}}` }));
        await end;
        ended.delete(arn);
      });
    },
    async close() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      client.destroy();
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/**
 * Executions a second through `@aws-sdk/client-sfn`, from StartExecution to the status change event, with the engine in a
 * process of its own and a function behind HTTP, as the sandbox has it.
 */
export const sdkContestants = async (): Promise<Contestant[]> => [await contestant(false), await contestant(true)];
