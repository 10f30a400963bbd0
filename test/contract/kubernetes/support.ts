import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layerBinary } from '../../../sandbox/kubernetes/layer-binaries.ts';
import type { KubernetesOptions, KubernetesServer } from '../../../sandbox/kubernetes/start-kubernetes.ts';
import { startKubernetes } from '../../support/start-kubernetes.ts';

export interface Answer {
  status: number;
  /** The `Warning` headers. */
  warnings: string[];
  body: Record<string, unknown>;
  text: string;
}

/** A running API server in a folder of its own, with the two ways in: `kubectl` and plain HTTPS. */
export interface World {
  server: KubernetesServer;
  dataDir: string;
  kubectl(...args: string[]): Promise<Ended>;
  helm(...args: string[]): Promise<Ended>;
  /** Runs kubectl in the background; `line` resolves with the first output line that matches. */
  kubectlRunning(...args: string[]): Promise<RunningKubectl>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Opens a watch and collects its events. */
  watch(path: string): Promise<OpenWatch>;
  restart(options?: Partial<KubernetesOptions>): Promise<void>;
  close(): Promise<void>;
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CallOptions {
  body?: unknown;
  type?: string;
  accept?: string;
  token?: string | null;
  headers?: Record<string, string>;
}

export interface RunningKubectl {
  line(pattern: RegExp): Promise<string>;
  stop(): void;
}

export interface WatchEvent {
  type: string;
  object: {
    kind: string;
    code?: number;
    metadata: { name?: string; resourceVersion: string; annotations?: Record<string, string> };
    rows?: unknown[];
  };
}

export interface OpenWatch {
  status: number;
  /** Resolves with the next event that is not yet taken; rejects when the stream ends without one. */
  next(): Promise<WatchEvent>;
  ended: Promise<void>;
  close(): void;
}

export async function startWorld(options: Partial<KubernetesOptions> = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sluice-kubernetes-'));
  let server = await startKubernetes({ port: 0, dataDir, ...options });
  let agent = new Agent({ keepAlive: true, ca: server.caPem });
  const children: ChildProcess[] = [];
  const environment = { ...process.env, HOME: dataDir, KUBECONFIG: join(dataDir, 'kubeconfig') };

  const open = (method: string, path: string, { type, accept, token, headers }: CallOptions = {}) => {
    const bearer = token === undefined ? server.adminToken : token;
    const settings: RequestOptions = {
      method,
      agent,
      servername: 'localhost',
      headers: {
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...(type ? { 'content-type': type } : {}),
        ...(accept ? { accept } : {}),
        ...headers,
      },
    };
    return request(server.endpoint + path, settings);
  };

  const ended = async (name: 'kubectl' | 'helm', args: readonly string[]): Promise<Ended> => {
    const program = await layerBinary(name);
    return new Promise((resolve) => {
      execFile(program, args, { env: environment }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      });
    });
  };

  return {
    get server() {
      return server;
    },
    dataDir,
    kubectl: (...args) => ended('kubectl', args),
    helm: (...args) => ended('helm', args),
    kubectlRunning: async (...args) => {
      const child = spawn(await layerBinary('kubectl'), args, {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      return watchLines(child);
    },
    call: (method, path, callOptions = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = open(method, path, callOptions);
        outgoing.on('error', reject);
        outgoing.on('response', (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            text += piece;
          });
          response.on('end', () => {
            const json = response.headers['content-type']?.startsWith('application/json');
            const warnings = response.headersDistinct.warning ?? [];
            resolve({ status: response.statusCode ?? 0, warnings, text, body: json ? JSON.parse(text) : {} });
          });
        });
        const { body } = callOptions;
        if (body === undefined) return outgoing.end();
        const content = typeof body === 'string' ? body : JSON.stringify(body);
        // of a DELETE Node would send the body without saying so
        outgoing.setHeader('content-length', Buffer.byteLength(content));
        outgoing.end(content);
      }),
    watch: (path) => openWatch(open('GET', path)),
    restart: async (changes = {}) => {
      const port = Number(new URL(server.endpoint).port);
      await server.close();
      agent.destroy();
      server = await startKubernetes({ ...options, port, dataDir, ...changes });
      agent = new Agent({ keepAlive: true, ca: server.caPem });
    },
    close: async () => {
      for (const child of children) child.kill('SIGKILL');
      agent.destroy();
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function watchLines(child: ChildProcess): RunningKubectl {
  let output = '';
  let look: () => void = () => undefined;
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    output += piece;
    look();
  });
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        child.once('exit', () => reject(new Error(`kubectl ended without ${pattern}: ${output}`)));
        look = () => {
          const found = output.split('\n').find((line) => pattern.test(line));
          if (found !== undefined) resolve(found);
        };
        look();
      }),
    stop: () => child.kill('SIGKILL'),
  };
}

function openWatch(outgoing: ReturnType<typeof request>): Promise<OpenWatch> {
  const arrived: WatchEvent[] = [];
  const waiting: { resolve: (event: WatchEvent) => void; reject: (error: Error) => void }[] = [];
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let rest = '';
      let over = false;
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event: WatchEvent = JSON.parse(line);
          const first = waiting.shift();
          if (first) first.resolve(event);
          else arrived.push(event);
        }
      });
      const ended = new Promise<void>((end) => {
        response.on('close', () => {
          over = true;
          for (const { reject: refuse } of waiting) refuse(new Error('the watch ended'));
          end();
        });
        response.on('error', () => undefined); // a cut connection also closes
      });
      resolve({
        status: response.statusCode ?? 0,
        next: () => {
          const event = arrived.shift();
          if (event) return Promise.resolve(event);
          if (over) return Promise.reject(new Error('the watch ended'));
          return new Promise((take, refuse) => waiting.push({ resolve: take, reject: refuse }));
        },
        ended,
        close: () => outgoing.destroy(),
      });
    });
    outgoing.end();
  });
}

/** A Deployment with one container, as a chart writes it. */
export const deployment = (name: string, image = 'example.com/web@sha256:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'web', image, env: [{ name: 'MODE', value: 'blue' }], ports: [{ containerPort: 8080 }] }],
      },
    },
  },
});

export const route = (name: string, weights: [number, number]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default' },
  spec: {
    hosts: ['chest-xray-mlops.example.com'],
    http: [{ route: weights.map((weight, index) => ({ destination: { host: `side-${index}` }, weight })) }],
  },
});
