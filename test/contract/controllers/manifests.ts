import type {
  Deployment,
  HorizontalPodAutoscaler,
  Service,
  VirtualService,
} from '../../../sandbox/kubernetes/controllers/objects.ts';

export const host = 'xray.example.com';
export const digest = `sha256:${'a'.repeat(64)}`;

const labels = (name: string, version: string) => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/version': version,
});

/** A Deployment as the chart makes it: no replicas, no pod missing during a rollout. */
export function deployment(namespace: string, name: string, version: string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    spec: {
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      progressDeadlineSeconds: 600,
      template: {
        metadata: { labels: labels(name, version) },
        spec: {
          containers: [
            {
              name,
              image: `registry.example.com/${name}@${digest}`,
              ports: [{ name: 'http', containerPort: 8080 }],
              readinessProbe: { httpGet: { path: '/health', port: 'http' }, periodSeconds: 5, failureThreshold: 2 },
            },
          ],
        },
      },
    },
  };
}

export const autoscaler = (namespace: string, name: string, minReplicas: number): HorizontalPodAutoscaler => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { namespace, name },
  spec: { scaleTargetRef: { kind: 'Deployment', name }, minReplicas, maxReplicas: 10 },
});

export const service = (namespace: string, name: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec: {
    selector: { 'app.kubernetes.io/name': name },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
  },
});

/** The spec of a route between the two environments. */
export const routeSpec = (
  name: string,
  weights: { blue: number; green: number },
): NonNullable<VirtualService['spec']> => ({
  hosts: [`${name}.example.com`],
  http: [
    {
      route: (['blue', 'green'] as const).map((environment) => ({
        destination: { host: `${name}.production-${environment}.svc.cluster.local`, port: { number: 80 } },
        weight: weights[environment],
      })),
    },
  ],
});

export const route = (name: string, weights: { blue: number; green: number }): VirtualService => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { namespace: 'production', name },
  spec: routeSpec(name, weights),
});
