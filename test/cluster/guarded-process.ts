import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';

/** A program that ends with this process, however that ends. */
export interface GuardedProcess {
  /** Why it ended by itself; undefined while it runs, and after `close`. */
  failure(): Error | undefined;
  close(): Promise<void>;
}

/** The standard input of the shell is a pipe, which the kernel closes when nobody holds its other end any more. */
const guard = [
  'exec 3<&0',
  '"$@" </dev/null 3<&- & program=$!',
  '{ cat <&3 >/dev/null; kill -9 $program; } & guard=$!',
  'wait $program; code=$?',
  'kill $guard; exit $code',
].join('\n');

/** Starts a program in `folder`, where `name.log` gets what it says. */
export function startGuarded(
  name: string,
  [file, ...words]: readonly [string, ...string[]],
  { folder, env = process.env }: { readonly folder: string; readonly env?: NodeJS.ProcessEnv },
): GuardedProcess {
  const log = openSync(join(folder, `${name}.log`), 'a');
  const child: ChildProcess = spawn('sh', ['-c', guard, 'sh', file, ...words], {
    cwd: folder,
    env,
    stdio: ['pipe', log, log],
    // Ctrl-C is for this process, which then closes them in their order.
    detached: true,
  });
  let failure: Error | undefined;
  let closed = false;
  const ended = async (how: string) => {
    if (closed) return;
    const said = await readFile(join(folder, `${name}.log`), 'utf8').catch(() => '');
    failure ??= new Error(`${name} ended early (${how}). The end of its log:\n${said.slice(-2000)}`);
  };
  child.once('error', (error) => void ended(error.message));
  child.once('exit', (code, signal) => void ended(String(code ?? signal)));
  return {
    failure: () => failure,
    close: async () => {
      closed = true;
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const gone = once(child, 'exit');
      child.stdin?.end();
      await gone;
    },
  };
}

/** A port that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
