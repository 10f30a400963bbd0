import { describe, expect, it } from 'vitest';
import type {
  EndpointSlice,
  HttpRoute,
  Ingress,
  Pod,
  Service,
  VirtualService,
} from '../../../../sandbox/kubernetes/controllers/objects.ts';
import { type RouteObjects, routesOf } from '../../../../sandbox/kubernetes/controllers/routes-of-objects.ts';

const route: VirtualService = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { namespace: 'production', name: 'xray' },
  spec: {
    hosts: ['XRAY.example.com'],
    http: [
      { match: [{ headers: {} }], route: [{ destination: { host: 'somewhere-else' } }] },
      {
        route: [
          { destination: { host: 'xray.production-blue.svc.cluster.local', port: { number: 80 } }, weight: 95 },
          { destination: { host: 'xray.production-green.svc.cluster.local', port: { number: 80 } }, weight: 5 },
        ],
      },
    ],
  },
};

const slice = (name: string, port: number, ready?: boolean): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { namespace: 'production-blue', name, labels: { 'kubernetes.io/service-name': 'xray' } },
  addressType: 'IPv4',
  endpoints: [
    {
      addresses: ['127.0.0.1'],
      ...(ready === undefined ? {} : { conditions: { ready } }),
      targetRef: { kind: 'Pod', namespace: 'production-blue', name },
    },
  ],
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});

const pod = (name: string, deletionTimestamp?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: 'production-blue',
    name,
    labels: { 'app.kubernetes.io/version': 'v2.1.0' },
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
  },
  spec: { containers: [] },
});

const objects = (change: Partial<RouteObjects>): RouteObjects => ({
  virtualServices: [route],
  httpRoutes: [],
  services: [],
  slices: [],
  pod: () => undefined,
  ...change,
});

describe('routes of a cluster’s objects', () => {
  it('reads the split from the rule without a match', () => {
    const { virtualHosts } = routesOf(objects({}));

    expect(virtualHosts).toEqual([
      {
        hosts: ['xray.example.com'],
        destinations: [
          { namespace: 'production-blue', service: 'xray', weight: 95 },
          { namespace: 'production-green', service: 'xray', weight: 5 },
        ],
      },
    ]);
  });

  it('reads the split from a Gateway API route as well', () => {
    const httpRoute: HttpRoute = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { namespace: 'production', name: 'xray' },
      spec: {
        hostnames: ['xray.example.com'],
        rules: [
          { matches: [{ path: { type: 'PathPrefix', value: '/admin' } }], backendRefs: [{ name: 'admin' }] },
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: 'xray', namespace: 'production-blue', weight: 3 }, { name: 'local' }],
          },
        ],
      },
    };

    const { virtualHosts } = routesOf(objects({ virtualServices: [], httpRoutes: [httpRoute] }));

    expect(virtualHosts).toEqual([
      {
        hosts: ['xray.example.com'],
        path: { type: 'segments', value: '/admin' },
        destinations: [{ namespace: 'production', service: 'admin', weight: 1 }],
      },
      {
        hosts: ['xray.example.com'],
        destinations: [
          { namespace: 'production-blue', service: 'xray', weight: 3 },
          { namespace: 'production', service: 'local', weight: 1 },
        ],
      },
    ]);
  });

  it('takes the rules of a VirtualService in their order, those about paths', () => {
    const to = (host: string) => [{ destination: { host } }];
    const http = [
      { match: [{ uri: { prefix: '/a' } }, { uri: { exact: '/b' } }], route: to('first') },
      { match: [{ uri: { prefix: '/a/long' }, headers: { beta: {} } }], route: to('beta') },
      { match: [{ uri: { prefix: '/a/long' } }], route: to('second') },
      { name: 'redirect', redirect: { uri: '/' } },
      { match: [{ uri: { prefix: '/' } }], route: to('third') },
    ];
    const { virtualHosts } = routesOf(objects({ virtualServices: [{ ...route, spec: { hosts: ['x'], http } }] }));

    expect(virtualHosts.map(({ path, destinations }) => [path, destinations[0]?.service])).toEqual([
      [{ type: 'prefix', value: '/a' }, 'first'],
      [{ type: 'exact', value: '/b' }, 'first'],
      [{ type: 'prefix', value: '/a/long' }, 'second'],
      [undefined, 'third'],
    ]);
  });

  it('takes the rules of an HTTPRoute by their paths: an exact one, then the longest', () => {
    const rule = (name: string, ...paths: { type?: string; value?: string }[]) => ({
      matches: paths.map((path) => ({ path })),
      backendRefs: [{ name }],
    });
    const httpRoute: HttpRoute = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { namespace: 'production', name: 'xray' },
      spec: {
        hostnames: ['x'],
        rules: [
          rule('all'),
          rule('short', { type: 'PathPrefix', value: '/a' }),
          rule('long', { value: '/a/long' }, { type: 'Exact', value: '/b' }),
          rule('unknown', { type: 'RegularExpression', value: '/a.*' }),
        ],
      },
    };
    const { virtualHosts } = routesOf(objects({ virtualServices: [], httpRoutes: [httpRoute] }));

    expect(virtualHosts.map(({ path, destinations }) => [path, destinations[0]?.service])).toEqual([
      [{ type: 'exact', value: '/b' }, 'long'],
      [{ type: 'segments', value: '/a/long' }, 'long'],
      [{ type: 'segments', value: '/a' }, 'short'],
      [undefined, 'all'],
    ]);
  });

  it('reads the split from the action of an Ingress, by what its target groups have the pods of', () => {
    const action = {
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          { targetGroupARN: 'arn:blue', weight: 3 },
          { serviceName: 'local', servicePort: 80 },
        ],
      },
    };
    const ingress = (annotation: string): Ingress => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: {
        namespace: 'production',
        name: 'xray',
        annotations: { 'alb.ingress.kubernetes.io/actions.split': annotation },
      },
      spec: {
        ingressClassName: 'alb',
        rules: [
          {
            host: 'XRAY.example.com',
            http: {
              paths: [
                { path: '/admin', backend: { service: { name: 'admin', port: { number: 80 } } } },
                { path: '/', backend: { service: { name: 'split', port: { name: 'use-annotation' } } } },
              ],
            },
          },
        ],
      },
    });
    const targetGroups = new Map([['arn:blue', 'production-blue/xray']]);
    const hostsOf = (ingresses: readonly Ingress[]) =>
      routesOf(objects({ virtualServices: [], ingresses, targetGroups })).virtualHosts;

    expect(hostsOf([ingress(JSON.stringify(action))])).toEqual([
      {
        hosts: ['xray.example.com'],
        destinations: [
          { namespace: 'production-blue', service: 'xray', weight: 3 },
          { namespace: 'production', service: 'local', weight: 1 },
        ],
      },
    ]);
    expect(hostsOf([ingress('{')])).toEqual([{ hosts: ['xray.example.com'], destinations: [] }]);
  });

  it('knows ready endpoints with their pod’s version; not to say ready means ready', () => {
    const slices = [slice('p1', 1001), slice('p2', 1002, true), slice('p3', 1003, false)];

    const { backends } = routesOf(objects({ slices, pod: () => pod('p') }));

    expect(backends[0]?.endpoints).toEqual([
      { pod: 'p1', address: '127.0.0.1', port: 1001, version: 'v2.1.0' },
      { pod: 'p2', address: '127.0.0.1', port: 1002, version: 'v2.1.0' },
    ]);
  });

  it('goes to the listener of a pod of this machine, whatever address the pod has in the cluster', () => {
    const inCluster = slice('pod-1', 8080);
    const [endpoint] = inCluster.endpoints ?? [];
    if (endpoint !== undefined) endpoint.addresses = ['10.244.156.64'];
    const here = pod('pod-1');
    here.metadata.annotations = { 'sandbox.sluice.dev/port': '40000' };

    const { backends } = routesOf(objects({ slices: [inCluster], pod: () => here }));

    expect(backends.flatMap(({ endpoints }) => endpoints)).toEqual([
      { pod: 'pod-1', address: '127.0.0.1', port: 40_000, version: 'v2.1.0' },
    ]);
  });

  it('leaves out a pod that is about to leave before its endpoint is gone', () => {
    const slices = [slice('p1', 1001, true)];

    const { backends } = routesOf(objects({ slices, pod: () => pod('p1', '2026-11-23T09:00:00Z') }));

    expect(backends[0]?.endpoints).toEqual([]);
  });

  it('takes the environment from the Service’s label, else from the namespace', () => {
    const labelled: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { namespace: 'production-blue', name: 'xray', labels: { 'sluice.dev/environment': 'green' } },
    };

    const byLabel = routesOf(objects({ services: [labelled] })).backends[0];
    const byNamespace = routesOf(objects({})).backends[0];

    expect([byLabel?.environment, byNamespace?.environment]).toEqual(['green', 'blue']);
  });
});
