import type { ServiceConfiguration } from '../contracts/configuration/service.ts';
import { environmentNames } from '../contracts/names.ts';
import { createDemoPods } from './app/demo-pods.ts';
import type { Face } from './app/demo-service.ts';
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
import { startFaultProxy } from './dependencies/fault-proxy.ts';
import type { DependencyName, FaultBook } from './dependencies/faults.ts';
import type { ListedRelease } from './github/list-releases.ts';
import { createSeed, seededAccounts } from './github/seed.ts';
import { startGitHub } from './github/start-github.ts';
import { secretNames } from './installation.ts';
import { claimCluster, refuseClaimed } from './kubernetes/claim-cluster.ts';
import type { Cluster } from './kubernetes/controllers/kube-client.ts';
import { createPodLogs } from './kubernetes/controllers/pod-logs.ts';
import {
  type ControllerName,
  type ControllersOptions,
  startControllers,
} from './kubernetes/controllers/start-controllers.ts';
import { runsArgoCd } from './kubernetes/own-argo-cd.ts';
import { startRealCluster } from './kubernetes/real-cluster.ts';
import { startStandInNode } from './kubernetes/stand-in-node.ts';
import { type KubernetesOptions, startKubernetes } from './kubernetes/start-kubernetes.ts';
import type { Ports } from './ports.ts';
import { startRouter } from './router/router.ts';
import { isClassifier, type SeededService } from './seeded-service.ts';
import { createBuildSignatures } from './sigstore/build-signatures.ts';

export interface DependencyOptions {
  readonly ports: Ports;
  readonly dataDir: string;
  readonly credentials: Credentials;
  readonly keys: AccessKeys;
  /** What GitHub and the registry have, and where the chart of each service is. */
  readonly seeds: readonly { readonly service: SeededService; readonly chartDir: string }[];
  /** Whose pods run here. */
  readonly services: readonly ServiceConfiguration[];
  /** A real control plane to run on; null: the stand-in. */
  readonly cluster: Cluster | null;
  readonly log: (line: string) => void;
  readonly faults: FaultBook;
  /** Whether the database keeps nothing on the disk. */
  readonly inMemory: boolean;
  /** Keeps what was started, so that it is ended in the reverse order. */
  readonly keep: <T extends { close(): Promise<void> }>(starting: Promise<T> | T) => Promise<T>;
}

/** Starts everything that Sluice talks to and that is not Sluice: GitHub, the cluster with its controllers, and AWS's stores. */
export async function startDependencies(options: DependencyOptions) {
  const { ports, dataDir, credentials, keys, seeds, services, cluster: real, log, faults, inMemory, keep } = options;
  const faces = new Map(services.map((service) => [service.name, faceOf(service)]));
  const pods = createDemoPods((service) => faces.get(service) ?? { service, isClassifier: false, answers: [] });
  // One API server is all of them.
  const clusters = new Set(services.map((service) => service.cluster));
  const signatures = createBuildSignatures({
    dataDir,
    releaseOf: (digest) => github.releases().find((release) => release.digest === digest),
  });
  const problem = (of: string) => (what: unknown) =>
    log(`${of}: ${what instanceof Error ? what.message : JSON.stringify(what)}`);

  await (real === null ? refuseClaimed(dataDir) : claimCluster(real, dataDir));
  const kubernetesOptions: KubernetesOptions = {
    port: ports.kubernetes,
    dataDir,
    authenticate: (token) => {
      for (const cluster of clusters) {
        const user = authenticateEksToken(token, keys, { cluster });
        if (user !== null) return { user: user.user, groups: [...user.groups] };
      }
      return null;
    },
    onProblem: (what) => (typeof what === 'string' ? log(what) : problem('Kubernetes')(what)),
  };

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
      real === null ? startKubernetes(kubernetesOptions) : startRealCluster({ ...kubernetesOptions, cluster: real }),
    ),
    keep(
      createSeed(seeds).then((seed) =>
        startGitHub({
          port: ports.github,
          dataDir,
          tokens: [credentials.githubToken],
          readers: [credentials.githubReaderToken],
          limited: [{ token: credentials.githubDeploymentsToken, permissions: { deployments: 'write' } }],
          ci: seeds.map(({ service: { repository, branch, trigger, ci } }) => ({
            repository,
            ...trigger,
            branch,
            ...ci,
          })),
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
  const before = async (dependency: DependencyName, target: string) => {
    const own = target.startsWith('https:') ? { tls } : {};
    return (await keep(startFaultProxy({ dependency, target, book: faults, ...own }))).endpoint;
  };
  /** By these addresses Sluice's functions know their dependencies, and Argo CD's controller its cluster. */
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
          clusters.has(name) ? { endpoint: proxied.kubernetes, caPem: kubernetes.caPem } : undefined,
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
  const environments = new Map(
    services.flatMap(({ name, environments: sides }) =>
      environmentNames.map((side) => [`${sides[side].namespace}/${name}`, side] as const),
    ),
  );
  const targetGroups = new Map(
    services.flatMap(({ name, environments: sides, traffic }) =>
      environmentNames.flatMap((side) =>
        traffic.targetGroups === null
          ? []
          : [[traffic.targetGroups[side], `${sides[side].namespace}/${name}`] as const],
      ),
    ),
  );
  const shared: Omit<ControllersOptions, 'cluster' | 'run'> = {
    environments,
    targetGroups,
    github: { endpoint: github.endpoint, token: credentials.githubToken },
    router,
    pods,
    hasImage: async (image) => github.releases().some(({ digest }) => image.endsWith(`@${digest}`)),
    onError: (controller, key, error) => problem(`${controller} ${key}`)(error),
  };
  const logs = createPodLogs(pods);
  if (real === null) kubernetes.setLogProvider(logs);
  else {
    const { certificate } = kubernetes;
    await keep(startStandInNode({ cluster, certificate, logs, onProblem: problem('the node') }));
  }
  const run: ControllerName[] = ['kubelet', ...(real === null ? (['workloads'] as const) : []), 'operators', 'route'];
  await keep(startControllers({ ...shared, cluster, run }));
  const hasOwnArgoCd = real !== null && (await runsArgoCd(real));
  if (!hasOwnArgoCd) {
    // Argo CD's controller has a way of its own to the cluster, so that it alone can lose it.
    const toCluster = { ...cluster, endpoint: proxied.argocd };
    await keep(startControllers({ ...shared, cluster: toCluster, run: ['application'] }));
  }
  return {
    dynamodb,
    ses,
    router,
    targetGroups,
    kubernetes,
    github,
    secrets,
    eks,
    ecr,
    pods,
    proxied,
    before,
    hasOwnArgoCd,
  };
}

/** What the pods of a service answer: what its own checks expect. */
const faceOf = (service: ServiceConfiguration): Face => ({
  service: service.name,
  isClassifier: isClassifier(service),
  answers: service.health.checks.map(({ method, path, status }) => ({
    method,
    path: path.split('?')[0] ?? path,
    status,
  })),
});

/** What the registry has of a release that CI built. */
const registryImage = ({ version, image, digest, manifest, builtAt, findings }: ListedRelease): RegistryImage => ({
  repositoryName: image.slice(image.indexOf('/') + 1),
  digest,
  tags: [version],
  manifest,
  pushedAt: builtAt,
  scan: finishedScan(findings),
});
