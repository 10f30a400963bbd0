import { readFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';

export interface ObjectWatch {
  close(): void;
}

/** An object of the cluster as it came; what is read of it is the reader's knowledge of the kind. */
// biome-ignore lint/suspicious/noExplicitAny: Kubernetes' own JSON, read by people who know the kind
type KubeObject = any;

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

const againAfterMs = 100;

/**
 * Watches objects of one kind as an ordinary Kubernetes client, so that no state of them is missed. Resolves once the first one is
 * there, or, where there may be none, once the server answers. When the sandbox is killed and started again, it goes on with what is there then, at whatever address.
 */
export async function watchObjects(
  kubeconfig: string,
  path: string,
  onObject: (object: KubeObject, event: 'ADDED' | 'MODIFIED' | 'DELETED') => void,
  resolves: 'with-the-first' | 'when-open' = 'with-the-first',
): Promise<ObjectWatch> {
  const { promise: first, resolve } = Promise.withResolvers<void>();
  let closed = false;
  let watching: ClientRequest | null = null;
  let timer: NodeJS.Timeout | undefined;

  const again = () => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(() => void watch(), againAfterMs);
  };
  const watch = async () => {
    // The sandbox writes its kubeconfig as JSON, which is YAML too; a new process writes it anew.
    const text = await readFile(kubeconfig, 'utf8').catch(() => null);
    const access = text === null ? null : (JSON.parse(text) as Kubeconfig);
    const cluster = access?.clusters[0]?.cluster;
    const user = access?.users[0]?.user;
    if (closed) return;
    if (cluster === undefined || user === undefined) return again();
    const options = {
      ca: Buffer.from(cluster['certificate-authority-data'], 'base64'),
      headers: { authorization: `Bearer ${user.token}` },
    };
    watching = request(new URL(`${path}?watch=true`, cluster.server), options, (answer) => {
      if (resolves === 'when-open') resolve();
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('error', again); // the sandbox was ended
      answer.on('end', again);
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const { type, object } = JSON.parse(line);
          if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') continue;
          onObject(object, type);
          resolve();
        }
      });
    });
    watching.on('error', again);
    watching.end();
  };

  await watch();
  await first;
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      watching?.destroy();
    },
  };
}
