import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** Closes a stand-in after the test, however that ends: what the next test opens is another. */
export async function closedAfterwards<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const standIn = await starting;
  onTestFinished(() => standIn.close());
  return standIn;
}

/** Starts a script in a process of its own, to be killed, and resolves with the endpoint that it prints. */
export async function startProcess(
  script: string,
  dataDir: string,
): Promise<{ endpoint: string; kill(): Promise<void> }> {
  const child = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  const died = exited.then(() => Promise.reject(new Error(`${script} ended before it printed its endpoint`)));
  died.catch(() => undefined); // It also ends after it printed: that is no failure.
  const [line] = await Promise.race([once(child.stdout, 'data'), died]);
  return { endpoint: String(line).trim(), kill };
}
