import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ready } from '../../sandbox/ready.ts';
import { patienceMs, until } from './until.ts';

const root = join(import.meta.dirname, '..', '..');

/** A sandbox in a process of its own, as `npm start` runs it: the tests know its public face only. */
export interface SandboxProcess {
  /** Addresses and secrets of the run under way. */
  readonly ready: Ready;
  readonly dataDir: string;
  /** Everything that it printed. */
  output(): string;
  /** kill -9, then the same command again on the same data. */
  killAndRestart(): Promise<void>;
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

/** Starts a sandbox on free ports with data of its own. */
export async function startSandboxProcess(...flags: string[]): Promise<SandboxProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-e2e-'));
  // Not the sandbox's own, which has to stay for the next start.
  const readyFile = join(dataDir, 'ready-for-the-test.json');
  let printed = '';
  let child: ChildProcess;
  let ready: Ready;

  const start = async () => {
    await rm(readyFile, { force: true });
    child = spawn(
      process.execPath,
      [...recorder(), 'sandbox/main.ts', '--port', '0', '--data-dir', dataDir, '--ready-file', readyFile, ...flags],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: environment() },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
    }
    ready = await until('the sandbox is ready', patienceMs, async () => {
      if (child.exitCode !== null) throw new Error(`The sandbox ended with ${child.exitCode}:\n${printed}`);
      const text = await readFile(readyFile, 'utf8').catch(() => null);
      // The sandbox renames the whole file into its place.
      return text === null ? null : (JSON.parse(text) as Ready);
    });
  };
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };

  await start().catch(async (error: unknown) => {
    // A process that stays would keep Vitest from ending.
    await end('SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  });
  return {
    get ready() {
      return ready;
    },
    dataDir,
    output: () => printed,
    kill: () => end('SIGKILL'),
    async killAndRestart() {
      await end('SIGKILL');
      await start();
    },
    async stop() {
      await end('SIGTERM');
      return child.exitCode;
    },
    async dispose() {
      await end('SIGKILL');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** With `SLUICE_RECORD_AWS_CALLS=FILE`, what is asked of AWS is written there; with `SLUICE_RECORD_EXCHANGES=FILE`, what AWS and GitHub are asked and answer. */
const recorder = (): string[] => [
  ...(process.env.SLUICE_RECORD_AWS_CALLS ? ['--import', join(import.meta.dirname, 'record-aws-calls.mjs')] : []),
  ...(process.env.SLUICE_RECORD_EXCHANGES
    ? ['--import', join(import.meta.dirname, '..', 'judges', 'record-exchanges.mjs')]
    : []),
];

/** The tests' own settings must not reach the sandbox. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...rest } = process.env;
  return rest;
}
