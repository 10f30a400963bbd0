import { mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { operatorOf } from '../sandbox/configuration.ts';
import { type Sandbox, startSandbox } from '../sandbox/start-sandbox.ts';
import { createChance, seedChance } from './machine/chance.ts';
import type { Machine } from './machine/machine.ts';
import type { Arrival, Invocation } from './machine/network.ts';

/** A line of the trace: what was asked of whom, and what came of it. */
export interface Call {
  /** Virtual ms since the start. */
  readonly at: number;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  /** The operation of an AWS JSON request, else ''. */
  readonly target: string;
  /** Null while, or because, nobody answered. */
  status: number | null;
}

/** A whole sandbox in this process. */
export interface World {
  readonly sandbox: Sandbox;
  readonly dataDir: string;
  readonly calls: readonly Call[];
  /** Told the path of each write to the cluster that succeeded. */
  onClusterWrite: (path: string) => void;
  /** The next invocation of a function dies at its request number `call`, which still gets out when `sent`. */
  kill(name: string, call: number, sent: boolean): void;
  /** Reads an object of the cluster, outside of the trace and of all faults. */
  readCluster(path: string): Promise<unknown>;
  close(): Promise<void>;
}

/** How long a request is on its way, at most, in ms. */
const longestLatency = 20;

export interface WorldOptions {
  /** What happens follows from it alone. */
  readonly seed: number;
  /** The text of a configuration in the form of sandbox/sluice.yaml. */
  readonly configuration: string;
  /** Where the files are that its health checks send, and the folder of the chart; the sandbox's own unless given. */
  readonly folder?: string | null;
  readonly chart?: string;
  /** Whether the sandbox sends its own traffic, as `npm start` does. */
  readonly load: boolean;
  /** Told what `npm start` would print of problems, a line each. */
  readonly log: (line: string) => void;
}

/** Starts a whole sandbox anew. It keeps its database in memory, and the rest below the folder for temporary files. */
export async function openWorld({ time, network }: Machine, options: WorldOptions): Promise<World> {
  const { seed, configuration, folder = null, chart, load, log } = options;
  network.reset();
  time.reset();
  seedChance(seed);
  const begin = time.now();
  const dataDir = join(tmpdir(), `sluice-sim-${process.pid}`);
  await rm(dataDir, { recursive: true, force: true });
  await mkdir(dataDir, { recursive: true });

  const calls: Call[] = [];
  const latency = createChance(seed);
  const doomed = new Map<string, Doom>();
  const ports = { lambda: 0, kubernetes: 0 };
  network.onArrival = (arrival) => {
    const { request, response, port } = arrival;
    const path = request.url ?? '/';
    if (request.headers[observing] !== undefined) return arrival.pass();
    const call: Call = {
      at: time.now() - begin,
      port,
      method: request.method ?? '',
      path,
      target: String(request.headers['x-amz-target'] ?? ''),
      status: null,
    };
    calls.push(call);
    response.once('finish', () => {
      call.status = response.statusCode;
      if (port === ports.kubernetes && call.method !== 'GET' && call.status < 300) world.onClusterWrite(path);
    });
    const pass = () => void setTimeout(arrival.pass, latency.int(1, longestLatency));
    const name = port === ports.lambda ? invokedFunction.exec(path)?.[1] : undefined;
    const doom = doomed.get(name ?? '');
    // Nobody waits for the answer of an event, which Lambda itself repeats.
    if (name === undefined || doom === undefined || request.headers['x-amz-invocation-type'] === 'Event') return pass();
    doomed.delete(name);
    network.as(dying(arrival, doom), pass);
  };

  const sandbox = await startSandbox({
    port: 0,
    dataDir,
    configuration,
    folder,
    ...(chart === undefined ? {} : { chart }),
    operator: operatorOf(configuration, undefined),
    load,
    cluster: null,
    monitoring: false,
    log,
    progress: () => undefined,
    // Nobody looks at it, and what is built in another process knows nothing of virtual time.
    buildConsole: async (folder) => void (await mkdir(folder, { recursive: true })),
    inMemory: true,
  });
  const { ready } = sandbox;
  const kubeconfig = parse(await readFile(ready.kubeconfig, 'utf8'));
  const cluster = new URL(kubeconfig.clusters[0].cluster.server);
  Object.assign(ports, { lambda: Number(new URL(ready.endpoints.lambda).port), kubernetes: Number(cluster.port) });
  // There is no TLS in memory.
  cluster.protocol = 'http:';
  const authorization = `Bearer ${kubeconfig.users[0].user.token}`;
  const world: World = {
    sandbox,
    dataDir,
    calls,
    onClusterWrite: () => undefined,
    kill: (name, call, sent) => void doomed.set(name, { call, sent }),
    async readCluster(path) {
      const answer = await fetch(new URL(path, cluster), { headers: { authorization, [observing]: 'yes' } });
      return answer.json();
    },
    async close() {
      await sandbox.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  return world;
}

/** Marks the observer's own requests. */
const observing = 'x-observer';
const invokedFunction = /\/functions\/(?:[^/]*%3A)?sluice-([\w-]+)\/invocations$/;

interface Doom {
  readonly call: number;
  readonly sent: boolean;
}

/** An invocation whose process goes away: Lambda answers for it, and nothing that it does afterwards reaches anybody. */
function dying({ response }: Arrival, { call, sent }: Doom): Invocation {
  let asked = 0;
  return {
    asks() {
      asked += 1;
      if (asked < call) return 'both';
      if (!response.headersSent) {
        response.writeHead(200, { 'content-type': 'application/json', 'x-amz-function-error': 'Unhandled' });
        const errorMessage = 'RequestId: 0 Error: Runtime exited with error: signal: killed';
        response.end(JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage }));
      }
      return asked === call && sent ? 'sent' : 'neither';
    },
  };
}
