import { Agent, request } from 'node:http';

/** What the load has sent so far. */
export interface LoadStatistics {
  sent: number;
  /** Answers of 500 and above, and requests without an answer. */
  failed: number;
  /** Answers by the environment that gave them (the router's `x-environment`). */
  byEnvironment: Record<string, number>;
  /** Answers by the version that gave them (`x-version`). */
  byVersion: Record<string, number>;
  /** The latest failures, for a person who looks for the cause; at most ten. */
  lastFailures: string[];
}

export interface Load {
  stats(): LoadStatistics;
  /** Stops sending and waits for the answers that are still owed. */
  close(): Promise<void>;
}

export interface LoadOptions {
  /** The router, for example `http://127.0.0.1:4080`. */
  trafficEndpoint: string;
  /** The `Host` of the service. */
  host: string;
  /** What is asked: a prediction of the classifier unless written, or the first page of anything else. */
  asks?: 'prediction' | 'page';
  /** Requests per second; 40 when left out. */
  ratePerSecond?: number;
}

const timeoutMs = 30_000;

/** Sends steady synthetic traffic through the router: `POST /predict`, a new "image" each time, or `GET /`. */
export function startLoad({ trafficEndpoint, host, asks = 'prediction', ratePerSecond = 40 }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const isPage = asks === 'page';
  const url = new URL(isPage ? '/' : '/predict', trafficEndpoint);
  const statistics: LoadStatistics = { sent: 0, failed: 0, byEnvironment: {}, byVersion: {}, lastFailures: [] };
  const owed = new Set<Promise<void>>();

  const fail = (reason: string): void => {
    statistics.failed += 1;
    statistics.lastFailures = [...statistics.lastFailures.slice(-9), `${new Date().toISOString()} ${reason}`];
  };

  const sendOne = (): Promise<void> =>
    new Promise((resolve) => {
      const body = isPage ? '' : JSON.stringify({ image: `synthetic-${statistics.sent}` });
      statistics.sent += 1;
      const outgoing = request(
        url,
        {
          agent,
          method: isPage ? 'GET' : 'POST',
          headers: isPage
            ? { host }
            : { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
          timeout: timeoutMs,
        },
        (response) => {
          const environment = String(response.headers['x-environment'] ?? 'none');
          const version = String(response.headers['x-version'] ?? 'none');
          statistics.byEnvironment[environment] = (statistics.byEnvironment[environment] ?? 0) + 1;
          statistics.byVersion[version] = (statistics.byVersion[version] ?? 0) + 1;
          const status = response.statusCode ?? 0;
          if (status >= 500) fail(`${status} from ${environment} ${version}`);
          response.resume();
          response.once('close', resolve);
        },
      );
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      outgoing.once('error', (error) => {
        fail(error.message);
        resolve();
      });
      outgoing.end(body);
    });

  const started = performance.now();
  let due = 0;
  const tick = (): void => {
    // A pause of the process is not made up for by a burst: at most two ticks' worth are sent at once.
    const wanted = Math.floor(((performance.now() - started) / 1000) * ratePerSecond);
    const batch = Math.min(wanted - due, Math.max(2, Math.ceil(ratePerSecond / 20)));
    due = wanted;
    for (let i = 0; i < batch; i += 1) {
      const answer = sendOne();
      owed.add(answer);
      void answer.finally(() => owed.delete(answer));
    }
  };
  const timer = setInterval(tick, Math.max(10, 1000 / ratePerSecond));

  return {
    stats: () => structuredClone(statistics),
    async close() {
      clearInterval(timer);
      await Promise.all(owed);
      agent.destroy();
    },
  };
}
