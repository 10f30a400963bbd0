import { smoothWeightedRoundRobin } from './smooth-weighted-round-robin.ts';

/** A pod that is ready for requests. */
export interface Endpoint {
  /** The pod's name, for people. */
  pod: string;
  address: string;
  port: number;
  /** The pod's label `app.kubernetes.io/version`; empty when it has none. */
  version: string;
}

/** A Service and the pods behind it. */
export interface Backend {
  namespace: string;
  service: string;
  /** Blue or green; empty for a Service that belongs to no environment. */
  environment: string;
  endpoints: readonly Endpoint[];
}

/** The paths that a rule is for: one, all that begin with these characters, or (`segments`) one and what is below it. */
export interface PathMatch {
  type: 'exact' | 'prefix' | 'segments';
  value: string;
}

/** A rule for a host name, and how its requests are split. Weights are relative to their sum, as Istio reads them. */
export interface VirtualHost {
  /** Exact names, `*.example.com`, or `*`. */
  hosts: readonly string[];
  /** Without it, every path. Of the rules for a host the first one that matches is taken. */
  path?: PathMatch;
  destinations: readonly { namespace: string; service: string; weight: number }[];
}

/** Everything that the router knows. */
export interface Routes {
  virtualHosts: readonly VirtualHost[];
  backends: readonly Backend[];
}

/** Where one request goes. `next` gives another endpoint each time, as of that moment, and undefined when none is left. */
export interface Choice {
  backend: Backend;
  next(): Endpoint | undefined;
}

export interface RoutingTable {
  /** Replaces all routes; the next request already follows them. */
  set(routes: Routes): void;
  routes(): Routes;
  /** Whether a route has this host. */
  hasHost(host: string): boolean;
  /** The destination of a production request; undefined when no route has this host, or none of its rules this path. */
  choose(host: string, path?: string): Choice | undefined;
  /**
   * The destination of a preview request: the environment's own Service, whatever the weights say. Of several services it is the one that is
   * named, or that has the host.
   */
  chooseEnvironment(environment: string, host: string, service?: string): Choice | undefined;
}

const key = ({ namespace, service }: { namespace: string; service: string }): string => `${namespace}/${service}`;

const identityOf = ({ hosts, path, destinations }: VirtualHost): string => JSON.stringify([hosts, path, destinations]);

function isAt({ type, value }: PathMatch, requested: string): boolean {
  const [path = ''] = requested.split('?');
  switch (type) {
    case 'exact':
      return path === value;
    case 'prefix':
      return path.startsWith(value);
    case 'segments':
      return `${path}/`.startsWith(value.endsWith('/') ? value : `${value}/`);
  }
}

/** The rules of the router, without a socket: which endpoint gets the next request. */
export function createRoutingTable(): RoutingTable {
  let routes: Routes = { virtualHosts: [], backends: [] };
  let backends = new Map<string, Backend>();
  let turns = new Map<string, () => VirtualHost['destinations'][number] | undefined>();
  const robin = new Map<string, number>();

  /** The rules of the most specific host name. */
  const find = (host: string): readonly VirtualHost[] => {
    const name = host.replace(/:\d+$/, '').toLowerCase();
    const matches = (pattern: string): boolean =>
      pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
    const levels = [name, matches, '*'].map(
      (level) => (hosts: readonly string[]) => (typeof level === 'string' ? hosts.includes(level) : hosts.some(level)),
    );
    for (const isFor of levels) {
      const found = routes.virtualHosts.filter(({ hosts }) => isFor(hosts));
      if (found.length > 0) return found;
    }
    return [];
  };

  const choice = (name: string, otherwise: Backend): Choice => {
    const tried = new Set<string>();
    return {
      backend: backends.get(name) ?? otherwise,
      next() {
        const endpoints = backends.get(name)?.endpoints ?? [];
        const start = robin.get(name) ?? 0;
        for (let i = 0; i < endpoints.length; i += 1) {
          const index = (start + i) % endpoints.length;
          const endpoint = endpoints[index];
          if (endpoint === undefined || tried.has(`${endpoint.address}:${endpoint.port}`)) continue;
          robin.set(name, index + 1);
          tried.add(`${endpoint.address}:${endpoint.port}`);
          return endpoint;
        }
        return undefined;
      },
    };
  };

  return {
    routes: () => routes,
    hasHost: (host) => find(host).length > 0,
    set(wanted) {
      const kept = new Map<string, () => VirtualHost['destinations'][number] | undefined>();
      for (const virtualHost of wanted.virtualHosts) {
        const { destinations } = virtualHost;
        // Turns go on where they were while the weights are the same: pods that come and go do not disturb the split.
        const identity = identityOf(virtualHost);
        const weighted = destinations.map((value) => ({ value, weight: value.weight }));
        kept.set(identity, turns.get(identity) ?? smoothWeightedRoundRobin(weighted));
      }
      turns = kept;
      routes = wanted;
      backends = new Map(wanted.backends.map((backend) => [key(backend), backend]));
    },
    choose(host, path = '/') {
      const virtualHost = find(host).find((one) => one.path === undefined || isAt(one.path, path));
      const destination = virtualHost && turns.get(identityOf(virtualHost))?.();
      if (destination === undefined) return undefined;
      const { namespace, service } = destination;
      return choice(key(destination), { namespace, service, environment: '', endpoints: [] });
    },
    chooseEnvironment(environment, host, service) {
      const wanted = find(host).flatMap(({ destinations }) => destinations.map(key));
      const candidates = routes.backends.filter((backend) => backend.environment === environment);
      const backend =
        service === undefined
          ? (candidates.find((candidate) => wanted.includes(key(candidate))) ?? candidates[0])
          : candidates.find((candidate) => candidate.service === service);
      return backend === undefined ? undefined : choice(key(backend), backend);
    },
  };
}
