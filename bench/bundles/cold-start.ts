import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Quota } from './quota.ts';

/** A function that is started and called once, in a process of its own. */
export interface ColdStart {
  /** For errors. */
  readonly name: string;
  /** The module that exports `handler`. */
  readonly file: string;
  readonly event: object;
  /** What the answer has to contain: an invocation that ends some other way measures something else. */
  readonly expected: object;
  readonly env: Readonly<Record<string, string>>;
  /** Of one processor, during the call. */
  readonly share: number;
}

/** In ms. */
export interface Phases {
  /** From the start of the process until the handler is imported, connections included. */
  readonly init: number;
  /** From the call to its answer. */
  readonly call: number;
  /** Processor time of both: it says how much there was to do, also on a machine that was busy with something else. */
  readonly initCpu: number;
  readonly callCpu: number;
}

/** What start.mjs says. */
interface Message {
  readonly cpu: number;
  readonly answer?: unknown;
  readonly error?: string;
}

const patience = 60_000;
const starter = join(import.meta.dirname, 'start.mjs');

/**
 * Initialises without a limit, as Lambda does, then calls with that share of a processor.
 *
 * @param quota null: without a limit.
 * @throws {Error} when either fails, or the answer is another one; with what the process wrote.
 */
export async function coldStart(start: ColdStart, quota: Quota | null): Promise<Phases> {
  const began = performance.now();
  const child = spawn(process.execPath, [starter, start.file, JSON.stringify(start.event)], {
    env: { PATH: process.env.PATH, ...start.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      said += chunk;
    });
  }
  const fail = (what: string) => new Error(`${start.name} ${what}\n${said}`);
  const late = setTimeout(() => child.kill('SIGKILL'), patience);
  try {
    const ready = await nextMessage(child, fail);
    const initialised = performance.now();
    // A process that has said something has a number.
    quota?.limit(child.pid as number, start.share);
    const called = performance.now();
    child.send('call');
    const { cpu, answer, error } = await nextMessage(child, fail);
    const answered = performance.now();
    if (error !== undefined) throw fail(`failed: ${error}`);
    if (!contains(answer, start.expected)) throw fail(`answered ${JSON.stringify(answer)}`);
    return {
      init: initialised - began,
      call: answered - called,
      initCpu: ready.cpu,
      callCpu: cpu - ready.cpu,
    };
  } finally {
    clearTimeout(late);
    child.kill('SIGKILL');
    const running = child.exitCode === null && child.signalCode === null;
    if (running) await new Promise((resolve) => child.once('exit', resolve));
  }
}

function nextMessage(child: ChildProcess, fail: (what: string) => Error): Promise<Message> {
  return new Promise((resolve, reject) => {
    // start.mjs sends nothing else.
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code, signal) => reject(fail(`ended with ${code ?? signal}.`)));
  });
}

/** Whether each field that is expected is there with that value. */
const contains = (answer: unknown, expected: object): boolean =>
  typeof answer === 'object' &&
  answer !== null &&
  Object.entries(expected).every(
    ([name, value]) => JSON.stringify(Reflect.get(answer, name)) === JSON.stringify(value),
  );
