import { join } from 'node:path';
import { createApiServer } from './api-server.ts';
import { type Authenticate, createAuthenticator } from './authentication.ts';
import { loadAdminToken, loadCertificate, writeKubeconfig } from './credentials.ts';
import { serveCustomResources } from './custom-resources.ts';
import { keepDefaultServiceAccounts } from './default-service-accounts.ts';
import { removeExpired } from './expiry.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { ObjectOperations } from './object-operations.ts';
import { ObjectStore, type StoreOptions } from './object-store.ts';
import type { LogProvider } from './pod-log.ts';
import { withPublishedSchemas } from './published-schemas.ts';
import { ResourceRegistry } from './resource-registry.ts';
import { resourceTable } from './resource-table.ts';
import { listenSecurely } from './secure-server.ts';
import { WatchStreams } from './watch-streams.ts';

export interface KubernetesOptions {
  /** 0 picks a free port. */
  port: number;
  /** Holds `kubeconfig` and `kubernetes/` (journal, certificate, admin token). */
  dataDir: string;
  /** Tokens besides the admin's: the EKS ones are checked by whoever starts the server. */
  authenticate?: Authenticate;
  clock?: () => Date;
  /** Told of damaged journal records and of the server's own faults. */
  onProblem?: (problem: unknown) => void;
  store?: StoreOptions;
  /** How often watchers that asked for bookmarks get one, in ms: a real server's about a minute. */
  bookmarkMs?: number;
}

export interface KubernetesServer {
  /** `https://127.0.0.1:PORT` */
  endpoint: string;
  /** `DATA/kubeconfig`, mode 0600, with the admin token: `kubectl --kubeconfig` uses it as it is. */
  kubeconfigPath: string;
  caPem: string;
  /** The server's own certificate and key, for whoever stands in front of it. */
  certificate: { readonly certificatePem: string; readonly keyPem: string };
  adminToken: string;
  /** Registers what answers `kubectl logs`; undefined takes it back. */
  setLogProvider(provider: LogProvider | undefined): void;
  /** Ends open watches and connections at once; what was acknowledged is in the journal already. */
  close(): Promise<void>;
}

const expiryIntervalMs = 5_000;

/** Starts the sandbox's Kubernetes API on loopback, with everything that an earlier run left in `dataDir`. */
export async function startKubernetes(options: KubernetesOptions): Promise<KubernetesServer> {
  const { dataDir, clock = () => new Date(), onProblem = () => undefined } = options;
  const folder = join(dataDir, 'kubernetes');
  const certificate = await loadCertificate(folder, new Date());
  const adminToken = await loadAdminToken(folder);
  const { store, problems } = await ObjectStore.open(join(folder, 'objects.journal'), options.store);
  for (const problem of problems) onProblem(problem);

  const registry = new ResourceRegistry(withPublishedSchemas(resourceTable));
  const operations = new ObjectOperations(store, clock);
  const watches = new WatchStreams(store);
  serveCustomResources(store, registry, operations, clock);
  await createFirstNamespaces(registry, operations, store);
  keepDefaultServiceAccounts(registry, operations, store);
  new GarbageCollector(store, registry, operations, clock, onProblem).start();

  let logProvider: LogProvider | undefined;
  const listener = createApiServer({
    store,
    registry,
    operations,
    watches,
    clock,
    logProvider: () => logProvider,
    authenticate: createAuthenticator(adminToken, options.authenticate),
    onFault: onProblem,
  });
  const server = await listenSecurely({ port: options.port, certificate, listener });
  const { endpoint } = server;
  const kubeconfigPath = join(dataDir, 'kubeconfig');
  await writeKubeconfig(kubeconfigPath, { endpoint, caPem: certificate.caPem, token: adminToken });

  const timers = [
    setInterval(() => void removeExpired(store, clock()).catch(onProblem), expiryIntervalMs).unref(),
    setInterval(() => watches.bookmark(), options.bookmarkMs ?? 60_000).unref(),
  ];
  return {
    endpoint,
    kubeconfigPath,
    caPem: certificate.caPem,
    certificate,
    adminToken,
    setLogProvider: (provider) => {
      logProvider = provider;
    },
    close: async () => {
      for (const timer of timers) clearInterval(timer);
      watches.close();
      await server.close();
      await store.close();
    },
  };
}

async function createFirstNamespaces(
  registry: ResourceRegistry,
  operations: ObjectOperations,
  store: ObjectStore,
): Promise<void> {
  const resource = registry.byKey('namespaces');
  if (!resource) return;
  for (const name of ['default', 'kube-system']) {
    if (store.get('namespaces', '', name)) continue;
    await operations.create(resource, '', { metadata: { name } }, { persist: true });
  }
}
