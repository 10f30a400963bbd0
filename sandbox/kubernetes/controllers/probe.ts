import { get } from 'node:http';
import type { Probe } from './objects.ts';

/** What a probe found; `message` is what `kubectl describe` shows. */
export type ProbeResult = { ok: true } | { ok: false; message: string };

/** Asks a pod for its health as the kubelet does: 200 to 399 within the timeout is good. */
export function probe(port: number, { httpGet, timeoutSeconds = 1 }: Probe): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const request = get(
      // A connection of its own: a kept one would keep a pod from ending.
      {
        host: '127.0.0.1',
        port,
        path: httpGet?.path ?? '/',
        agent: false,
        headers: { 'user-agent': 'kube-probe/1.35' },
      },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        const ok = status >= 200 && status < 400;
        resolve(ok ? { ok } : { ok, message: `HTTP probe failed with statuscode: ${status}` });
      },
    );
    request.setTimeout(timeoutSeconds * 1000, () => request.destroy(new Error('context deadline exceeded')));
    request.once('error', (error) =>
      resolve({ ok: false, message: `Get "${httpGet?.path ?? '/'}": ${error.message}` }),
    );
  });
}
