import type { Workloads } from '../../../../adapters/cluster/workloads.ts';
import type { Application, ArgoApplications } from '../../../../adapters/gitops/argo-application.ts';
import type { EnvironmentName, Weights } from '../../../../contracts/names.ts';
import type { ServiceCluster } from '../../../../pipeline/ports.ts';
import { digest } from './world.ts';

const repository = '123456789012.dkr.ecr.us-east-1.amazonaws.com/chest-xray-mlops';
const running = {
  'production-blue': { version: 'v2.0.0', image: `${repository}@sha256:${'cd'.repeat(32)}`, ready: 3 },
  'production-green': { version: 'v2.1.0', image: `${repository}@${digest}`, ready: 1 },
};

/** How many of the 3 pods of a side are ready. */
export type ReadyPods = Partial<Record<EnvironmentName, number>>;

/** A cluster to look at: v2.0.0 on blue with all of its 3 replicas, v2.1.0 on green with 1 of 3 unless told, blue the origin of a shift. */
export function fakeCluster(weights: Weights, readyPods: ReadyPods = {}): ServiceCluster {
  const sideOf = (namespace: string) => {
    const environment = namespace === 'production-blue' ? 'blue' : 'green';
    const side = running[`production-${environment}`];
    return { ...side, ready: readyPods[environment] ?? side.ready };
  };
  const labels = { 'app.kubernetes.io/name': 'chest-xray-mlops' };
  const workloads: Pick<Workloads, 'readDeployment' | 'listPods' | 'readCapacity' | 'listQuotas'> = {
    async readDeployment(namespace) {
      const { version, image, ready } = sideOf(namespace);
      return {
        metadata: { generation: 1 },
        spec: {
          replicas: 3,
          selector: { matchLabels: labels },
          template: {
            metadata: { labels: { ...labels, 'app.kubernetes.io/version': version } },
            spec: { containers: [{ name: 'app', image }] },
          },
        },
        status: {
          observedGeneration: 1,
          replicas: 3,
          updatedReplicas: 3,
          availableReplicas: ready,
          readyReplicas: ready,
        },
      };
    },
    listQuotas: async () => [],
    readCapacity: async (namespace, name) => ({
      object: `HorizontalPodAutoscaler ${namespace}/${name}`,
      minimum: 3,
      limit: { field: 'maxReplicas', pods: 10 },
      fence: null,
      problem: null,
    }),
    async listPods(namespace) {
      const { image, ready } = sideOf(namespace);
      return [0, 1, 2].map((index) => ({
        metadata: { name: `pod-${index}`, labels },
        spec: { containers: [{ name: 'app', image }] },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'False' }] },
      }));
    },
  };
  return {
    router: {
      read: async () => ({
        weights,
        fence: { epoch: 3, seq: 2, operation: 'op', origin: 'blue', weights },
        resourceVersion: '1',
        damaged: null,
        problem: null,
      }),
      write: async () => {
        throw new Error('looking must not write');
      },
      lag: async () => null,
    },
    accessReviews: { missing: async () => [] },
    // Only looked at through the reads above; anything else fails loudly.
    workloads: workloads as Workloads,
    applications: {
      // What is read of one: it delivers the fixture's chart.
      read: async (name) =>
        ({
          metadata: { name },
          spec: { source: { repoURL: 'https://github.com/example/chest-xray-mlops-deploy.git', path: 'chart' } },
        }) as Application,
    } as Partial<ArgoApplications> as ArgoApplications,
  };
}
