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

const executions = 2_000;
const atATime = 50;

/**
 * Executions a second through `@aws-sdk/client-sfn`, from StartExecution to the status change event, with the engine in a
 * process of its own and a function behind HTTP, as the sandbox has it.
 */
export async function measureThroughSdk(): Promise<{ unsynced: number; synced: number }> {
  return { unsynced: await measure(false), synced: await measure(true) };
}

async function measure(sync: boolean): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
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
  const lambda = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has one
  const program = join(import.meta.dirname, 'engine-process.ts');
  const child = spawn(process.execPath, [program, folder, lambda, String(sync)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const endpoint = String((await once(child.stdout, 'data'))[0]).trim();
    const client = new SFNClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
    });
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: 'five',
        definition: JSON.stringify(fiveStates),
        roleArn: 'arn:aws:iam::123456789012:role/bench',
      }),
    );
    const job = async (n: number) => {
      const arn = `arn:aws:states:us-east-1:123456789012:execution:five:e${n}`;
      const end = new Promise<void>((resolve) => ended.set(arn, resolve));
      await client.send(new StartExecutionCommand({ stateMachineArn, name: `e${n}`, input: `{"n":${n}}` }));
      await end;
      ended.delete(arn);
    };
    await rate(200, atATime, (n) => job(n + executions)); // once to warm up
    return await rate(executions, atATime, job);
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}
