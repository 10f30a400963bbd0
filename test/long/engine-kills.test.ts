import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { patienceMs, until } from '../support/until.ts';
import { answerMark, type Functions, startFunctions } from './engine-kills-functions.ts';
import { child, everything } from './engine-kills-machines.ts';

const kills = 200;
const executions = 50;
const seed = Number(process.env.KILLS_SEED ?? 20_261_126);
/** A life in which little is written ends from outside. */
const longestLifeMs = 500;

const journalFile = 'stepfunctions.journal';

type Answer = { [key: string]: unknown };

interface Engine {
  child: ChildProcess;
  send(target: string, body: object): Promise<Answer>;
}

const machineArn = (name: string) => `arn:aws:states:us-east-1:123456789012:stateMachine:${name}`;
const executionArn = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:everything:${name}`;
const names = Array.from({ length: executions }, (_, n) => `e${n}`);
const folders: string[] = [];
let program = '';
const engines = new Set<ChildProcess>();
let functions: Functions | undefined;

beforeAll(async () => {
  program = await bundle(newFolder());
});
afterEach(() => {
  for (const engine of engines) engine.kill('SIGKILL');
  functions?.close();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'engine-kills-'));
  folders.push(folder);
  return folder;
}

/** One file instead of hundreds: a third of the time to start. */
async function bundle(folder: string): Promise<string> {
  await build({
    entryPoints: [join(import.meta.dirname, 'engine-kills-process.ts')],
    bundle: true,
    splitting: true,
    platform: 'node',
    mainFields: ['module', 'main'],
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return join(folder, 'engine-kills-process.mjs');
}

/** Starts an engine; undefined when it dies before it listens. */
async function start(folder: string, url: string, nth = 0, moment = 'after'): Promise<Engine | undefined> {
  const child = spawn(process.execPath, [program, folder, url, String(nth), moment], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  engines.add(child);
  const exited = once(child, 'exit').then(() => engines.delete(child));
  const line = await Promise.race([once(child.stdout, 'data'), exited]);
  if (!Array.isArray(line)) return undefined;
  const endpoint = String(line[0]).trim();
  const send = async (target: string, body: object) => {
    const headers = { 'x-amz-target': `AWSStepFunctions.${target}`, 'content-type': 'application/x-amz-json-1.0' };
    const answer = await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify(body) });
    const value = (await answer.json()) as Answer; // every answer of the API is an object
    if (!answer.ok) throw new Error(`${target}: ${value.__type} ${value.message}`);
    return value;
  };
  return { child, send };
}

const kill = async ({ child }: Engine) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
};

/** Refused because it is done already, as after an acknowledgement that a kill cut off. */
const isDone = (error: unknown) => /ExecutionAlreadyExists|TaskTimedOut/.test(String(error));
/** How fetch says that the engine has died; by name, since the test's TypeError is not fetch's. */
const isCutOff = (error: unknown) => /^(TypeError|SyntaxError)/.test(String(error));

/** Does with the engine what is to be done, until all is done or it dies. */
async function use({ send }: Engine, { asked }: Functions, toStart: string[]): Promise<void> {
  const attempt = async (target: string, body: object, done: () => void) => {
    try {
      await send(target, body);
    } catch (error) {
      if (!isDone(error)) throw error;
    }
    done();
  };
  try {
    for (const machine of [child, everything]) await send('CreateStateMachine', machine);
    for (let first = toStart[0]; first !== undefined; first = toStart[0]) {
      const input = JSON.stringify({ n: names.indexOf(first) });
      const body = { stateMachineArn: machineArn('everything'), name: first, input };
      await attempt('StartExecution', body, () => toStart.shift());
    }
    for (const [taskToken, output] of asked) {
      await attempt('SendTaskSuccess', { taskToken, output }, () => asked.delete(taskToken));
    }
  } catch (error) {
    if (!isCutOff(error)) throw error;
  }
}

/** Lets everything come to its end, and returns it. */
async function finish(engine: Engine, world: Functions, toStart: string[]): Promise<Map<string, Answer>> {
  const results = new Map<string, Answer>();
  for (const deadline = Date.now() + patienceMs; results.size < executions; await setTimeout(100)) {
    await use(engine, world, toStart);
    for (const name of names) {
      if (results.has(name)) continue;
      const result = await engine.send('DescribeExecution', { executionArn: executionArn(name) });
      if (result.status !== 'RUNNING') results.set(name, result);
    }
    if (Date.now() > deadline) {
      const stuck = names.filter((name) => !results.has(name));
      const describe = async (name: string) =>
        JSON.stringify(
          (
            await engine.send('GetExecutionHistory', {
              executionArn: executionArn(name),
              reverseOrder: true,
              maxResults: 5,
            })
          ).events,
        );
      throw new Error(`still running:\n${(await Promise.all(stuck.map(describe))).join('\n')}`);
    }
  }
  return results;
}

async function withoutKills(): Promise<Map<string, unknown>> {
  functions = await startFunctions();
  const engine = await start(newFolder(), functions.url);
  if (!engine) throw new Error('the engine did not start');
  const results = await finish(engine, functions, [...names]);
  await kill(engine);
  functions.close();
  return new Map(names.map((name) => [name, results.get(name)?.output]));
}

it(`${executions} executions end as they do without kills, though the engine is killed ${kills} times at moments of every kind`, async () => {
  const wanted = await withoutKills();
  const world = await startFunctions();
  functions = world;
  const folder = newFolder();
  const next = random(seed);
  const toStart: string[] = [];
  let started = 0;
  let largest = 0;
  const ways = { before: 0, torn: 0, after: 0, outside: 0 };

  for (let life = 0; life < kills; life++) {
    while (started < Math.min(executions, life + 1)) toStart.push(names[started++] ?? '');
    const moment = (['before', 'torn', 'after'] as const)[Math.floor(next() * 3)] ?? 'after';
    const engine = await start(folder, world.url, 1 + Math.floor(next() ** 2 * 30), moment);
    if (engine) {
      const over = new AbortController();
      const exited = once(engine.child, 'exit');
      const using = (async () => {
        while (engine.child.signalCode === null) {
          await use(engine, world, toStart);
          await setTimeout(20);
        }
      })();
      const tooLong = setTimeout(longestLifeMs, true, { signal: over.signal }).catch(() => false);
      if (await Promise.race([exited.then(() => false), tooLong])) {
        ways.outside++;
        await kill(engine);
      } else ways[moment]++;
      over.abort();
      await using;
    } else ways[moment]++;
    largest = Math.max(largest, statSync(join(folder, journalFile)).size);
  }
  const engine = await start(folder, world.url);
  if (!engine) throw new Error('the engine did not start');
  const results = await finish(engine, world, toStart);

  console.info(`seed ${seed}; ${JSON.stringify(ways)}; a journal of at most ${(largest / 1e6).toFixed(1)} MB`);
  // their histories, 6 MB without compaction, leave it a second after their end
  await until('the journal is small again', patienceMs, async () => statSync(join(folder, journalFile)).size < 600_000);
  for (const name of names) {
    const { status, output } = results.get(name) ?? {};
    expect({ name, status, output }).toEqual({ name, status: 'SUCCEEDED', output: wanted.get(name) });
    expect(new Set(world.ends.get(executionArn(name)))).toEqual(new Set(['SUCCEEDED']));
    const history = JSON.stringify(
      await engine.send('GetExecutionHistory', { executionArn: executionArn(name), maxResults: 1000 }),
    );
    const calls = [...world.answers].filter(([id]) => id.startsWith(`${name}/`));
    // the answer on record is the last that was given: nobody called again after it was recorded
    for (const [id, given] of calls)
      expect({ id, recorded: history.includes(answerMark(given.at(-1) ?? 0)) }).toEqual({ id, recorded: true });
    expect(calls).toHaveLength(3 * 6);
  }
});
