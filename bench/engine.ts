import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';
import { openBenchEngine, rate } from './bench-engine.ts';
import { chain, chainTwin, echo, fiveStates, fiveStatesTwin } from './engine-machines.ts';
import { measureThroughSdk } from './engine-sdk.ts';

/** Measures the Step Functions engine, beside the npm package aws-local-stepfunctions, which keeps nothing. */
const executions = 5_000;
const atATime = 100;
const chainLength = 1_000;
const chains = 10;
const waitingExecutions = 10_000;

async function inFolder<T>(job: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-engine-'));
  try {
    return await job(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function check(got: unknown, wanted: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(wanted))
    throw new Error(`${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);
}

/** Executions a second of the machine with five states. */
const ours = (sync: boolean) =>
  inFolder(async (folder) => {
    const { engine, machine: create, run } = await openBenchEngine(folder, sync, echo);
    const machine = await create('five', fiveStates);
    const job = async (n: number) =>
      check(await run(machine, `e${n}`, { n }), { status: 'SUCCEEDED', output: { kept: n + 1 } });
    await rate(500, atATime, (n) => job(n + executions)); // once to warm up
    const result = await rate(executions, atATime, job);
    await engine.close();
    return result;
  });

type PeerDefinition = ConstructorParameters<typeof StateMachine>[0];
type PeerJson = Parameters<StateMachine['run']>[0];

async function peer(): Promise<number> {
  // its type wants mutable lists, which it does not change
  const machine = new StateMachine(fiveStatesTwin as unknown as PeerDefinition);
  const taskResourceLocalHandlers = { Work: async (input: PeerJson) => input };
  const job = async (n: number) =>
    check(await machine.run({ n }, { overrides: { taskResourceLocalHandlers } }).result, {
      kept: n + 1,
    });
  await rate(500, atATime, job);
  return rate(executions, atATime, job);
}

/** Transitions a second of a chain of Pass states. */
const ourChain = () =>
  inFolder(async (folder) => {
    const { engine, machine: create, run } = await openBenchEngine(folder, false, echo);
    const machine = await create('chain', chain(chainLength));
    const job = async (n: number) =>
      check(await run(machine, `e${n}`, { n: 0 }), { status: 'SUCCEEDED', output: { n: chainLength } });
    await job(chains);
    const result = await rate(chains, 1, job);
    await engine.close();
    return result * chainLength;
  });

async function peerChain(): Promise<number> {
  const machine = new StateMachine(chainTwin(chainLength));
  const job = async () => check(await machine.run({ n: 0 }).result, { n: chainLength });
  await job();
  return (await rate(chains, 1, job)) * chainLength;
}

/** Executions that wait for a token: their memory, and the time to take them up again after `kill -9`. */
const waitingOnes = () =>
  inFolder(async (folder) => {
    const program = join(import.meta.dirname, 'engine-waiting.ts');
    const child = (mode: string) =>
      spawn(process.execPath, ['--expose-gc', program, mode, folder, String(waitingExecutions)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const filling = child('fill');
    const filled = JSON.parse(String((await once(filling.stdout, 'data'))[0]));
    filling.kill('SIGKILL');
    await once(filling, 'exit');
    const resuming = child('resume');
    const resumed = JSON.parse(String((await once(resuming.stdout, 'data'))[0]));
    check([resumed.outcome, resumed.running], ['done', waitingExecutions + 199]);
    return { filled, resumed };
  });

const print = (name: string, value: string, target = '') =>
  process.stdout.write(`${name.padEnd(64)} ${value.padStart(12)} ${target && `(target ${target})`}\n`);
const whole = (value: number) => Math.round(value).toLocaleString('en');

print('five states, in process, durable without sync', `${whole(await ours(false))}/s`, '≥ 2,000/s');
print('five states, in process, durable with sync', `${whole(await ours(true))}/s`);
print('five states, aws-local-stepfunctions, keeps nothing', `${whole(await peer())}/s`);
const sdk = await measureThroughSdk();
print('five states, through the SDK, durable without sync', `${whole(sdk.unsynced)}/s`);
print('five states, through the SDK, durable with sync', `${whole(sdk.synced)}/s`);
print(`transitions in a chain of ${chainLength} Pass states`, `${whole(await ourChain())}/s`);
print('the same, aws-local-stepfunctions', `${whole(await peerChain())}/s`);
const { filled, resumed } = await waitingOnes();
print(
  `memory per waiting execution, of ${whole(waitingExecutions)} (heap)`,
  `${whole(filled.perExecution)} B`,
  '≤ 8,192 B',
);
print('the same, resident set', `${whole(filled.perExecutionResident)} B`);
print(`${whole(waitingExecutions)} waiting executions resumed after kill -9`, `${whole(resumed.ms)} ms`, '≤ 3,000 ms');
