import { join } from 'node:path';
import { createDemoPods } from './app/demo-pods.ts';
import { authenticateEksToken } from './aws/authenticate-eks-token.ts';
import type { AccessKeys } from './aws/authenticate-sigv4.ts';
import { finishedScan } from './aws/image-scan.ts';
import { startDynamoDb } from './aws/start-dynamodb.ts';
import { type RegistryImage, startEcr } from './aws/start-ecr.ts';
import { startEks } from './aws/start-eks.ts';
import { startSecretsManager } from './aws/start-secrets-manager.ts';
import { startSes } from './aws/start-ses.ts';
import { readTableGrants } from './aws/table-grants.ts';
import type { Credentials } from './credentials.ts';
import type { ListedRelease } from './github/list-releases.ts';
import { createSeed, seededAccounts, seededImage, serviceRepository } from './github/seed.ts';
import { startGitHub } from './github/start-github.ts';
import { clusterName, secretNames } from './installation.ts';
import { createPodLogs } from './kubernetes/controllers/pod-logs.ts';
import { type ControllersOptions, startControllers } from './kubernetes/controllers/start-controllers.ts';
import { startKubernetes } from './kubernetes/start-kubernetes.ts';
import { startFaultProxy } from './neighbours/fault-proxy.ts';
import type { FaultBook, NeighbourName } from './neighbours/faults.ts';
import type { Ports } from './ports.ts';
import { startRouter } from './router/router.ts';
import { createBuildSignatures } from './sigstore/build-signatures.ts';

export interface NeighbourOptions {
  readonly ports: Ports;
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly keys: AccessKeys;
  readonly log: (line: string) => void;
  readonly faults: FaultBook;
  /** Whether the database keeps nothing on the disk. */
  readonly inMemory: boolean;
  /** Keeps what was started, so that it is ended in the reverse order. */
  readonly keep: <T extends { close(): Promise<void> }>(starting: Promise<T> | T) => Promise<T>;
}

/** Starts everything that Sluice talks to and that is not Sluice: GitHub, the cluster with its controllers, and AWS's stores. */
export async function startNeighbours({
  ports,
  dataDir,
  credentials,
  keys,
  log,
  faults,
  inMemory,
  keep,
}: NeighbourOptions) {
  const pods = createDemoPods();
  const signatures = createBuildSignatures({
    dataDir,
    releaseOf: (digest) => github.releases().find((release) => release.digest === digest),
  });
  const problem = (of: string) => (what: unknown) =>
    log(`${of}: ${what instanceof Error ? what.message : JSON.stringify(what)}`);

  const [dynamodb, ses, router, kubernetes, github, secrets] = await Promise.all([
    keep(startDynamoDb({ port: ports.dynamodb, dataDir, keys, grants: readTableGrants(), inMemory })),
    keep(startSes({ port: ports.mail, dataDir })),
    keep(
      startRouter({
        port: ports.traffic,
        adminPort: ports.statistics,
        previewPorts: { blue: ports.previewBlue, green: ports.previewGreen },
      }),
    ),
    keep(
      startKubernetes({
        port: ports.kubernetes,
        dataDir,
        authenticate: (token) => {
          const user = authenticateEksToken(token, keys, { cluster: clusterName });
          return user === null ? null : { user: user.user, groups: [...user.groups] };
        },
        onProblem: (what) => (typeof what === 'string' ? log(what) : problem('Kubernetes')(what)),
      }),
    ),
    keep(
      createSeed({ chartDir: join(import.meta.dirname, '..', 'charts', 'service') }).then((seed) =>
        startGitHub({
          port: ports.github,
          dataDir,
          tokens: [credentials.githubToken],
          readers: [credentials.githubReaderToken],
          ci: { repository: serviceRepository, branch: 'main', image: seededImage },
          accounts: seededAccounts,
          seed,
          attestations: signatures.attestations,
          onProblem: log,
        }),
      ),
    ),
    keep(
      startSecretsManager({
        port: ports.secretsmanager,
        dataDir,
        keys,
        secrets: Object.fromEntries(
          Object.entries(secretNames).map(([key, name]) => [name, credentials[key as keyof typeof secretNames]]), // its own keys
        ),
      }),
    ),
  ]);
  const tls = { cert: kubernetes.certificate.certificatePem, key: kubernetes.certificate.keyPem, ca: kubernetes.caPem };
  const before = async (neighbour: NeighbourName, target: string) => {
    const own = target.startsWith('https:') ? { tls } : {};
    return (await keep(startFaultProxy({ neighbour, target, book: faults, ...own }))).endpoint;
  };
  /** By these addresses Sluice's functions know their neighbours, and Argo CD's controller its cluster. */
  const proxied = {
    dynamodb: await before('dynamodb', dynamodb.endpoint),
    ses: await before('ses', ses.endpoint),
    github: await before('github', github.endpoint),
    kubernetes: await before('kubernetes', kubernetes.endpoint),
    metrics: await before('metrics', router.adminEndpoint),
    argocd: await before('argocd', kubernetes.endpoint),
  };
  const [eks, ecr] = await Promise.all([
    keep(
      startEks({
        port: ports.eks,
        keys,
        describe: (name) =>
          name === clusterName ? { endpoint: proxied.kubernetes, caPem: kubernetes.caPem } : undefined,
      }),
    ),
    keep(
      startEcr({
        port: ports.ecr,
        keys,
        images: () => github.releases().map(registryImage),
        beside: (_repository, digest) => signatures.beside(digest),
      }),
    ),
  ]);
  const cluster = { endpoint: kubernetes.endpoint, ca: kubernetes.caPem, token: kubernetes.adminToken };
  const shared: Omit<ControllersOptions, 'cluster' | 'run'> = {
    github: { endpoint: github.endpoint, token: credentials.githubToken },
    router,
    pods,
    hasImage: async (image) => github.releases().some(({ digest }) => image.endsWith(`@${digest}`)),
    onError: (controller, key, error) => problem(`${controller} ${key}`)(error),
  };
  await keep(startControllers({ ...shared, cluster, run: ['workloads', 'route'] }));
  // Argo CD's controller has a way of its own to the cluster, so that it alone can lose it.
  await keep(startControllers({ ...shared, cluster: { ...cluster, endpoint: proxied.argocd }, run: ['application'] }));
  kubernetes.setLogProvider(createPodLogs(pods));
  return { dynamodb, ses, router, kubernetes, github, secrets, eks, ecr, pods, proxied, before };
}

/** What the registry has of a release that CI built. */
const registryImage = ({ version, image, digest, manifest, builtAt, findings }: ListedRelease): RegistryImage => ({
  repositoryName: image.slice(image.indexOf('/') + 1),
  digest,
  tags: [version],
  manifest,
  pushedAt: builtAt,
  scan: finishedScan(findings),
});
