import type { World } from '../world.ts';
import type { Route, RouteObject } from './route-patch.ts';

/** How kubectl reaches the cluster; without either, as it does by itself. */
export interface KubectlFlags {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

const kinds: Readonly<Record<Route['router'], string>> = {
  istio: 'virtualservice.networking.istio.io',
  'gateway-api': 'httproute.gateway.networking.k8s.io',
  alb: 'ingress.networking.k8s.io',
};

export const kubectlWords = ({ kubeconfig, context }: KubectlFlags): string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--context', context]),
];

export const routeWords = ({ router, name }: Route): string => `${kinds[router]}/${name}`;

/** A read, or why there is none. */
export type Read<T> = { kind: 'read'; object: T } | { kind: 'failed'; why: string };

export const readRoute = (world: World, flags: KubectlFlags, route: Route): Promise<Read<RouteObject>> =>
  readJson(world, [...kubectlWords(flags), '-n', route.namespace, 'get', routeWords(route), '-o', 'json']);

/** What runs behind one side of the route. */
export interface SeenWorkload {
  /** Ready pods. */
  readonly ready: number;
  /** Of the label `app.kubernetes.io/version`; null when there is none. */
  readonly version: string | null;
}

interface Deployment {
  readonly spec?: {
    readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
  };
  readonly status?: { readonly readyReplicas?: number };
}

/** Reads a Deployment; null when that cannot be done. */
export async function readWorkload(
  world: World,
  flags: KubectlFlags,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<SeenWorkload | null> {
  const words = [...kubectlWords(flags), '-n', namespace, 'get', `deployment.apps/${name}`, '-o', 'json'];
  const read = await readJson<Deployment>(world, words);
  if (read.kind === 'failed') return null;
  const { spec, status } = read.object;
  const version = spec?.template?.metadata?.labels?.['app.kubernetes.io/version'] ?? null;
  return { ready: status?.readyReplicas ?? 0, version };
}

/** What `kubectl … -o json` prints. */
export async function readJson<T>(world: World, words: readonly string[]): Promise<Read<T>> {
  try {
    const { code, stdout, stderr } = await world.runProgram('kubectl', ['--request-timeout=5s', ...words]);
    if (code !== 0) return { kind: 'failed', why: stderr.trim().split('\n').at(-1) || `kubectl ended with ${code}` };
    // kubectl's own answer, in the shape that Kubernetes documents for this kind.
    return { kind: 'read', object: JSON.parse(stdout) as T };
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) };
  }
}

/** Words as a POSIX shell takes them. */
export const shellLine = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
