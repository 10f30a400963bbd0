import { fenceAnnotation, formatFence } from '../../contracts/fence.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import { imageReference } from '../../contracts/release.ts';
import { id, releases, service, weights } from './deployment.ts';

interface ClusterObject extends Readonly<Record<string, unknown>> {
  readonly metadata: Readonly<Record<string, unknown>>;
}

const labels = { 'app.kubernetes.io/name': service };
const replicas = 10;

const virtualService: ClusterObject = {
  metadata: {
    resourceVersion: '1',
    annotations: { [fenceAnnotation]: formatFence({ epoch: 3, seq: 3, operation: id, origin: 'blue', weights }) },
  },
  spec: {
    http: [
      {
        route: (['blue', 'green'] as const).map((side) => ({
          destination: { host: `${service}.production-${side}.svc.cluster.local` },
          weight: weights[side],
        })),
      },
    ],
  },
};

const httpRoute: ClusterObject = {
  metadata: { resourceVersion: '1' },
  spec: {
    rules: [
      {
        backendRefs: [
          { name: 'report-writer', namespace: 'report-writer-blue', port: 80, weight: 100 },
          { name: 'report-writer', namespace: 'report-writer-green', port: 80, weight: 0 },
        ],
      },
    ],
  },
};

const containersOf = (side: EnvironmentName) => [{ name: 'app', image: imageReference(releases[side]) }];

const deploymentOf = (side: EnvironmentName): ClusterObject => ({
  metadata: { name: service, generation: 1, resourceVersion: '1' },
  spec: {
    replicas,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels: { ...labels, 'app.kubernetes.io/version': releases[side].version } },
      spec: { containers: containersOf(side) },
    },
  },
  status: {
    ...{ observedGeneration: 1, replicas, updatedReplicas: replicas },
    ...{ availableReplicas: replicas, readyReplicas: replicas },
  },
});

const podsOf = (side: EnvironmentName): ClusterObject => ({
  metadata: {},
  items: Array.from({ length: replicas }, (_, index) => ({
    metadata: { name: `pod-${index}`, labels },
    spec: { containers: containersOf(side) },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  })),
});

const autoscaler: ClusterObject = {
  metadata: { name: service, resourceVersion: '1' },
  spec: { minReplicas: 1, maxReplicas: 10 },
};

const applicationOf = (side: EnvironmentName): ClusterObject => ({
  metadata: { name: `${service}-prod-${side}` },
  spec: {
    source: {
      repoURL: 'https://github.com/example/chest-xray-mlops-deploy.git',
      ...{ path: 'chart', targetRevision: 'a'.repeat(40) },
    },
  },
});

/** The API server's object behind a path, null when there is none. */
export function readObject(path: string): ClusterObject | null {
  const side = path.includes('/production-blue/') ? 'blue' : 'green';
  if (path.endsWith(`/virtualservices/${service}`)) return virtualService;
  if (path.endsWith('/httproutes/report-writer')) return httpRoute;
  if (path.endsWith(`/deployments/${service}`)) return deploymentOf(side);
  if (path.endsWith('/pods')) return podsOf(side);
  if (path.includes('/applications/')) return applicationOf(path.endsWith('-blue') ? 'blue' : 'green');
  if (path.endsWith(`/horizontalpodautoscalers/${service}`)) return autoscaler;
  return null;
}
