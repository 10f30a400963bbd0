import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Judges } from '../judges/tools.ts';
import { patienceMs, until } from './until.ts';

/** AWS by moto: everything in memory, until it is closed. */
export interface Moto {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Prints its port, and ends with its standard input: it outlives no test that was killed. */
const program = `
import sys, threading, os
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
`;

/** Starts moto's server on a free port. */
export async function startMoto(judges: Judges): Promise<Moto> {
  const child = spawn(judges.program('python'), ['-c', program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    told += chunk;
  });
  const port = await until('moto listens', patienceMs, async () => {
    if (child.exitCode !== null) throw new Error(`moto ended with ${child.exitCode}:\n${told.slice(-2000)}`);
    return /^\d+\n/.test(printed) ? printed.trim() : null;
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}
