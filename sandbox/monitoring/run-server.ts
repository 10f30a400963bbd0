import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

export interface RunningServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Its path. */
  readonly program: string;
  /** With `--web.listen-address` among them; port 0 lets the system choose. */
  readonly args: readonly string[];
  /** Told of what it complains about. */
  readonly log: (line: string) => void;
}

/** A server of Prometheus' family starts in a second; a machine that is busy with tests takes its time. */
const startsWithinMs = 60_000;

/**
 * Runs the program until its input ends. That also happens when this process is killed, so that nothing is left behind; SIGINT of a
 * terminal, which reaches every process in front of it, is left to this process.
 */
const untilInputEnds =
  'trap "" INT; exec 3<&0; "$0" "$@" < /dev/null 3<&- & child=$!; { cat <&3; kill -TERM "$child"; } > /dev/null 2>&1 & wait "$child"';

/** Starts Prometheus or Alertmanager and resolves once it is ready. @throws Error with its last words when it ends instead. */
export async function runServer({ program, args, log }: ServerOptions): Promise<RunningServer> {
  const child = spawn('sh', ['-c', untilInputEnds, program, ...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let running = true;
  void ended.then(() => {
    running = false;
    child.stdin.destroy();
  });
  // It may have ended already.
  child.stdin.on('error', () => undefined);
  const lastLines: string[] = [];
  let address: string | undefined;
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    address ??= /msg="Listening on".* address=(\S+)/.exec(line)?.[1];
    if (/\blevel=(?:error|ERROR)\b/.test(line)) log(`${program}: ${line}`);
  });
  const close = async () => {
    child.stdin.destroy();
    await ended;
  };

  const since = performance.now();
  while (performance.now() - since < startsWithinMs) {
    if (!running) throw new Error(`${program} ended before it was ready:\n${lastLines.join('\n')}`);
    const endpoint = address === undefined ? null : `http://${address}`;
    const ready = endpoint === null ? null : await fetch(`${endpoint}/-/ready`).catch(() => null);
    if (endpoint !== null && ready?.ok) return { endpoint, close };
    await pause(50);
  }
  await close();
  throw new Error(`${program} was not ready within ${startsWithinMs / 1000} s:\n${lastLines.join('\n')}`);
}
