import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { patienceMs } from '../../../support/until.ts';

const kills = 10;
const executions = 12;

/** Three calls, a wait, a callback; the output shows which answer each call has got. */
const definition = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'One',
  States: {
    One: { ...call('one'), Assign: { one: '{% $states.result.Payload.n %}' }, Next: 'Nap' },
    Nap: { Type: 'Wait', Seconds: 1, Next: 'Two' },
    Two: { ...call('two'), Assign: { two: '{% $states.result.Payload.n %}' }, Next: 'Ask' },
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: 'ask', Payload: { token: '{% $states.context.Task.Token %}' } },
      Assign: { said: '{% $states.result %}' },
      Next: 'Show',
    },
    Show: { Type: 'Pass', Output: '{% [$one, $two, $said] %}', End: true },
  },
});

function call(name: string) {
  const id = `{% $states.context.Execution.Name & '/${name}' %}`;
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name, Payload: { id } },
  };
}

let folder: string;
let server: Server;
let lambda: string;
const answered = new Map<string, number[]>();
const tokens = new Set<string>();
const ends = new Map<string, string[]>();
let answers = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stepfunctions-kill-'));
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer); // Buffers: no encoding is set
    const body = JSON.parse(Buffer.concat(chunks).toString());
    if (request.url === '/status') {
      if (body.status !== 'RUNNING') ends.set(body.name, [...(ends.get(body.name) ?? []), body.status]);
      return response.end();
    }
    if (body.token) tokens.add(body.token);
    const n = ++answers;
    if (body.id) answered.set(body.id, [...(answered.get(body.id) ?? []), n]);
    return response.end(JSON.stringify({ n }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  lambda = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server that listens has one
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

interface Running {
  child: ChildProcess;
  send(target: string, body: object): Promise<{ [key: string]: unknown }>;
}

async function start(): Promise<Running> {
  const program = join(import.meta.dirname, 'engine-process.ts');
  const child = spawn(process.execPath, [program, folder, lambda], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const endpoint = String(line).trim();
  const send = async (target: string, body: object) => {
    const headers = { 'x-amz-target': `AWSStepFunctions.${target}`, 'content-type': 'application/x-amz-json-1.0' };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
    const value = (await answer.json()) as { [key: string]: unknown }; // every answer of the API is an object
    if (!answer.ok) throw new Error(`${target}: ${value.__type} ${value.message}`);
    return value;
  };
  return { child, send };
}

const kill = async ({ child }: Running) => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

it('what was acknowledged survives kill -9, and every execution ends as if nothing had happened', async () => {
  let engine = await start();
  const { stateMachineArn } = await engine.send('CreateStateMachine', {
    name: 'survivor',
    definition,
    roleArn: 'arn:aws:iam::123456789012:role/r',
  });
  const started: string[] = [];
  const seen = new Map<string, unknown[]>();
  let toStart = executions;
  const statusOf = async (executionArn: string) => (await engine.send('DescribeExecution', { executionArn })).status;
  const look = async () => {
    for (const executionArn of started) {
      const { events } = await engine.send('GetExecutionHistory', { executionArn, maxResults: 1000 });
      const list = events as unknown[]; // a list, by the API
      expect(list.slice(0, seen.get(executionArn)?.length ?? 0)).toEqual(seen.get(executionArn) ?? []);
      seen.set(executionArn, list);
    }
  };

  for (let n = 0; n < kills; n++) {
    const life = Math.random() * 250;
    const working = (async () => {
      while (toStart > 0) {
        const { executionArn } = await engine.send('StartExecution', {
          stateMachineArn,
          name: `e${toStart}`,
          input: '{}',
        });
        started.push(String(executionArn));
        toStart--;
        if (toStart % 3 === 0) return;
      }
    })().catch(() => undefined); // cut off by the kill
    const looking = working.then(look).catch((error: unknown) => {
      if (!String(error).startsWith('TypeError')) throw error; // how fetch says that it was cut off
    });
    const answering = (async () => {
      for (const token of [...tokens].slice(0, 2)) {
        await engine
          .send('SendTaskSuccess', { taskToken: token, output: JSON.stringify('said') })
          .catch(() => undefined);
      }
    })();
    await setTimeout(life);
    await kill(engine);
    await Promise.all([working, looking, answering]);
    engine = await start();
    await look();
  }
  while (toStart > 0) {
    const { executionArn } = await engine.send('StartExecution', {
      stateMachineArn,
      name: `e${toStart--}`,
      input: '{}',
    });
    started.push(String(executionArn));
  }
  const all = [...new Set(started)];
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await setTimeout(50)) {
    for (const taskToken of tokens)
      await engine.send('SendTaskSuccess', { taskToken, output: '"said"' }).catch(() => undefined);
    if ((await Promise.all(all.map(statusOf))).every((status) => status !== 'RUNNING')) break;
  }
  await look();

  for (const executionArn of all) {
    const { status, output, name } = await engine.send('DescribeExecution', { executionArn });
    expect({ name, status }).toEqual({ name, status: 'SUCCEEDED' });
    const [one, two, said] = JSON.parse(String(output));
    // each call's recorded answer is the last one that was given: after it was recorded nobody called again
    expect(one).toBe(answered.get(`${name}/one`)?.at(-1));
    expect(two).toBe(answered.get(`${name}/two`)?.at(-1));
    expect(said).toBe('said');
    expect(new Set(ends.get(String(name)))).toEqual(new Set(['SUCCEEDED']));
  }
  expect(all).toHaveLength(executions);
  await kill(engine);
});
