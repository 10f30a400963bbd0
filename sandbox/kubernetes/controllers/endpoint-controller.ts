import { isDeepStrictEqual } from 'node:util';
import type { ControllerOptions } from './deployment-controller.ts';
import { isConflict, isNotFound } from './kube-client.ts';
import { type EndpointSlice, keyOf, type Pod, type Service, selects } from './objects.ts';
import { isLeaving, isReady, portOf } from './pod-state.ts';
import { resources } from './resources.ts';
import { createWorkQueue } from './work-queue.ts';

const serviceLabel = 'kubernetes.io/service-name';
const managerLabel = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpoint-controller.sandbox.sluice.dev';

/** Keeps the EndpointSlices of Services: one for each pod, since the sandbox's pods differ in their ports. */
export function startEndpointController({ client, informers, onError }: ControllerOptions): {
  /** Resolves once every Service that is there has its endpoints. */
  settled: Promise<void>;
  close(): void;
} {
  const services = informers.of<Service>(resources.services);
  const pods = informers.of<Pod>(resources.pods);
  const slices = informers.of<EndpointSlice>(resources.endpointSlices);
  const synced = Promise.all([services.synced, pods.synced, slices.synced]);

  const reconcile = async (key: string): Promise<void> => {
    await synced;
    const [namespace, name = ''] = key.split('/');
    const service = services.get(key);
    const wanted = new Map<string, EndpointSlice>();
    for (const pod of service === undefined ? [] : pods.list()) {
      const port = portOf(pod);
      const chosen = pod.metadata.namespace === namespace && selects(service?.spec?.selector, pod.metadata.labels);
      if (service === undefined || !chosen || port === undefined || isLeaving(pod)) continue;
      const slice = sliceOf(service, pod, port);
      wanted.set(slice.metadata.name, slice);
    }
    const there = slices.list().filter(({ metadata }) => {
      const { labels } = metadata;
      return metadata.namespace === namespace && labels?.[serviceLabel] === name && labels[managerLabel] === manager;
    });
    await Promise.all([
      ...there
        .filter((slice) => !wanted.has(slice.metadata.name))
        .map((slice) =>
          client.remove(resources.endpointSlices, { namespace, name: slice.metadata.name }).catch((error: unknown) => {
            if (!isNotFound(error)) throw error;
          }),
        ),
      ...[...wanted.values()].map(async (slice) => {
        const before = there.find(({ metadata }) => metadata.name === slice.metadata.name);
        if (before === undefined) slices.remember(await client.create(resources.endpointSlices, slice));
        else if (!isDeepStrictEqual([before.endpoints, before.ports], [slice.endpoints, slice.ports])) {
          const { endpoints, ports } = slice;
          const place = { namespace, name: slice.metadata.name };
          slices.remember(await client.patch<EndpointSlice>(resources.endpointSlices, place, { endpoints, ports }));
        }
      }),
    ]);
  };

  const queue = createWorkQueue(reconcile, (key, error) => {
    if (!isConflict(error)) onError(key, error);
  });
  const stops = [
    services.onChange(({ object }) => queue.add(keyOf(object))),
    pods.onChange(({ object: { metadata } }) => {
      for (const service of services.list()) {
        if (service.metadata.namespace !== metadata.namespace) continue;
        if (selects(service.spec?.selector, metadata.labels)) queue.add(keyOf(service));
      }
    }),
    slices.onChange((change) => {
      // A slice that somebody deleted comes back.
      const name = change.object.metadata.labels?.[serviceLabel];
      if (change.type === 'deleted' && name !== undefined) queue.add(`${change.object.metadata.namespace}/${name}`);
    }),
  ];
  const settle = async (): Promise<void> => {
    await synced;
    await Promise.all(
      services.list().map((service) => reconcile(keyOf(service)).catch(() => queue.add(keyOf(service)))),
    );
  };
  return {
    settled: settle(),
    close() {
      for (const stop of stops) stop();
      queue.close();
    },
  };
}

function sliceOf(service: Service, pod: Pod, port: number): EndpointSlice {
  const { name, namespace, uid } = service.metadata;
  const ready = isReady(pod);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${pod.metadata.name.split('-').slice(-2).join('-')}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { [serviceLabel]: name, [managerLabel]: manager },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name, uid: uid ?? '', controller: true }],
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['127.0.0.1'],
        conditions: { ready, serving: ready, terminating: false },
        nodeName: 'sandbox',
        targetRef: {
          kind: 'Pod',
          name: pod.metadata.name,
          ...(namespace === undefined ? {} : { namespace }),
          uid: pod.metadata.uid ?? '',
        },
      },
    ],
    ports: (service.spec?.ports ?? []).map(({ name: portName, protocol = 'TCP' }) => ({
      ...(portName === undefined ? {} : { name: portName }),
      port,
      protocol,
    })),
  };
}
