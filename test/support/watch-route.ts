import { readFile } from 'node:fs/promises';
import { request } from 'node:https';

/** One state of the route object, as an ordinary Kubernetes client saw it. */
export interface RouteSeen {
  readonly at: number;
  readonly weights: readonly { host: string; weight: number }[];
  readonly blue: number;
  readonly green: number;
  readonly fence: { epoch: number; seq: number; operation: string; origin: 'blue' | 'green' } | null;
}

export interface RouteWatch {
  readonly seen: readonly RouteSeen[];
  close(): void;
}

interface VirtualService {
  metadata: { annotations?: Record<string, string> };
  spec: { http: { route: { destination: { host: string }; weight?: number }[] }[] };
}

/** Watches the VirtualService with the kubeconfig of a sandbox: no state of it is missed. Resolves once the first one is there. */
export async function watchRoute(kubeconfig: string): Promise<RouteWatch> {
  // The sandbox writes its kubeconfig as JSON, which is YAML too.
  const { clusters, users } = JSON.parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
    users: { user: { token: string } }[];
  };
  const [cluster] = clusters;
  const [user] = users;
  if (cluster === undefined || user === undefined) throw new Error(`${kubeconfig} has no cluster or no user.`);
  const seen: RouteSeen[] = [];
  const path = '/apis/networking.istio.io/v1/namespaces/production/virtualservices?watch=true';
  const { promise: first, resolve, reject } = Promise.withResolvers<void>();
  const watching = request(
    new URL(path, cluster.cluster.server),
    {
      ca: Buffer.from(cluster.cluster['certificate-authority-data'], 'base64'),
      headers: { authorization: `Bearer ${user.user.token}` },
    },
    (answer) => {
      let rest = '';
      answer.setEncoding('utf8');
      answer.on('error', () => undefined); // the sandbox was ended
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const event = JSON.parse(line);
          if (event.type === 'ADDED' || event.type === 'MODIFIED') seen.push(routeSeen(event.object));
        }
        if (seen.length > 0) resolve();
      });
    },
  );
  watching.on('error', reject);
  watching.end();
  await first;
  return { seen, close: () => watching.destroy() };
}

function routeSeen({ metadata, spec }: VirtualService): RouteSeen {
  const weights = (spec.http[0]?.route ?? []).map(({ destination, weight }) => ({
    host: destination.host,
    weight: weight ?? 100,
  }));
  const of = (name: string) => weights.find(({ host }) => host.includes(`production-${name}`))?.weight ?? 0;
  const annotation = metadata.annotations?.['sluice.dev/fence'];
  return {
    at: Date.now(),
    weights,
    blue: of('blue'),
    green: of('green'),
    fence: annotation === undefined ? null : JSON.parse(annotation),
  };
}
