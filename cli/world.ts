import { execFile } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { AwsCredentials } from '../adapters/shared/aws.ts';
import { type Milliseconds, milliseconds } from '../contracts/duration.ts';
import { type Instant, instant } from '../contracts/instant.ts';

/** How a program that was run ended. */
export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Everything around the command: tests give their own. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Empties so many of the last lines of the terminal that stdout is, the one with the cursor included. */
  readonly clearLines: (count: number) => void;
  /** The terminal that stdout is, as large as it is now; null when it is a pipe or a file. */
  readonly terminal: { readonly columns: number; readonly rows: number } | null;
  /** By whose clock a terminal shows times, as in the IANA database; the machine's own without it. */
  readonly timeZone?: string;
  /** By whose clock times are shown now; null for UTC. `run` says so. */
  readonly shownZone?: () => string | null;
  readonly now: () => Instant;
  /** Resolves after that time, or at once when the signal aborts. */
  readonly pause: (duration: Milliseconds, signal: AbortSignal) => Promise<void>;
  /** Calls the listener when a person wants the command to end; the answer takes that back. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly fetch: typeof fetch;
  readonly readFile: (path: string) => Promise<string>;
  /** Writes a file that is not there yet, with the folders above it. */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** Asks whoever sits at the terminal, on stderr; undefined where nobody does. */
  readonly ask?: (question: string) => Promise<string>;
  readonly appendFile: (path: string, text: string) => Promise<void>;
  /** Runs a program without a shell. Rejects when there is no such program. */
  readonly runProgram: (program: string, words: readonly string[]) => Promise<ProgramEnd>;
  readonly newId: () => string;
  /** AWS keys; where there is no such function, those that AWS's own tools would find on this machine. */
  readonly awsCredentials?: () => Promise<AwsCredentials>;
}

/** The world of the running process. */
export function processWorld(): World {
  // `sluice … | head` closes the pipe early: that is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    env: process.env,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    clearLines: (count) => void process.stdout.write(`${count > 1 ? `\u001b[${count - 1}A` : ''}\r\u001b[J`),
    terminal: process.stdout.isTTY
      ? {
          get columns() {
            return process.stdout.columns;
          },
          get rows() {
            return process.stdout.rows;
          },
        }
      : null,
    now: () => instant(Date.now()),
    pause: (duration, signal) => delay(duration, undefined, { signal }).catch(() => undefined),
    onInterrupt(listener) {
      for (const signal of interrupts) process.on(signal, listener);
      return () => {
        for (const signal of interrupts) process.off(signal, listener);
      };
    },
    fetch,
    readFile: (path) => readFile(path, 'utf8'),
    async writeFile(path, text) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text, { flag: 'wx' });
    },
    ...(process.stdin.isTTY && process.stderr.isTTY ? { ask: askOnTerminal } : {}),
    appendFile,
    runProgram: (program, words) =>
      new Promise((resolve, reject) => {
        const options = { maxBuffer: 16 * 1024 * 1024, timeout: milliseconds(15_000) };
        execFile(program, [...words], options, (error, stdout, stderr) => {
          if (error !== null && typeof error.code !== 'number' && !error.killed) reject(error);
          else resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
        });
      }),
    newId: () => crypto.randomUUID(),
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
