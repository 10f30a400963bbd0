import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** Where first requests arrive. It answers none of them. */
export interface Sink {
  readonly http: string;
  readonly https: string;
  /** The certificate of `https`, PEM. */
  readonly certificate: string;
  /** Resolves when the next request arrives. */
  next(): Promise<void>;
  close(): void;
}

export async function openSink(): Promise<Sink> {
  let arrived = () => {};
  const listen = async (server: Server): Promise<number> => {
    server.on('request', () => arrived());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port; // it listens on a port
  };
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const servers = [createServer(), createTlsServer({ key, cert })];
  const [http, https] = await Promise.all(servers.map(listen));
  return {
    http: `http://127.0.0.1:${http}`,
    https: `https://127.0.0.1:${https}`,
    certificate: cert,
    next: () =>
      new Promise((resolve) => {
        arrived = resolve;
      }),
    close() {
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

/** A process that is started to be measured. */
export interface Start {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const patience = 20_000;

/** From the start of a process to `until`, in ms; the process is ended then. */
export async function timeOf({ words, env }: Start, until: (child: ChildProcess) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('exit', (code) =>
      reject(new Error(`${words.join(' ')} ended with ${code} before anything left.\n${said}`)),
    );
  });
  const late = setTimeout(() => child.kill('SIGKILL'), patience);
  try {
    await Promise.race([until(child), ended]);
    return performance.now() - began;
  } finally {
    clearTimeout(late);
    ended.catch(() => undefined);
    child.kill('SIGKILL');
    await new Promise((resolve) =>
      child.exitCode === null && child.signalCode === null ? child.on('exit', resolve) : resolve(0),
    );
  }
}

/** The first byte that a process writes. */
export const firstByte = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.stdout?.once('data', resolve));
