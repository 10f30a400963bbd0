import { isDeepStrictEqual } from 'node:util';
import type { ControllerOptions } from './deployment-controller.ts';
import { type Condition, type HttpRoute, keyOf, type ReferenceGrant, type Service, timestamp } from './objects.ts';
import { withCondition } from './pod-state.ts';
import { resources } from './resources.ts';
import { createWorkQueue } from './work-queue.ts';

/** As gateways call themselves in what they say of a route. */
const controllerName = 'sluice.dev/sandbox-gateway';

/**
 * Says of each HTTPRoute what a gateway's controller says: that every parent accepts it, and whether its backends are there and may be
 * referred to. The sandbox's router is every Gateway at once, so that none has to exist.
 */
export function startGatewayController({ client, informers, onError }: ControllerOptions): { close(): void } {
  const routes = informers.of<HttpRoute>(resources.httpRoutes);
  const services = informers.of<Service>(resources.services);
  const grants = informers.of<ReferenceGrant>(resources.referenceGrants);

  const reconcile = async (key: string): Promise<void> => {
    await Promise.all([routes.synced, services.synced, grants.synced]);
    const route = routes.get(key);
    if (route === undefined) return;
    const { name, namespace, generation = 0 } = route.metadata;
    const resolved = resolvedRefs(route, (service) => services.get(service) !== undefined, grants.list());
    const parents = (route.spec?.parentRefs ?? []).map((parentRef) => {
      const before = route.status?.parents?.find((parent) => isDeepStrictEqual(parent.parentRef, parentRef));
      const accepted = withCondition(
        before?.conditions ?? [],
        { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'the route is accepted' },
        timestamp(),
      );
      const conditions = withCondition(accepted, resolved, timestamp());
      return {
        parentRef,
        controllerName,
        conditions: conditions.map((condition) => ({ ...condition, observedGeneration: generation })),
      };
    });
    if (isDeepStrictEqual(parents, route.status?.parents ?? [])) return;
    const place = { namespace, name, subresource: 'status' } as const;
    routes.remember(await client.patch<HttpRoute>(resources.httpRoutes, place, { status: { parents } }));
  };

  const queue = createWorkQueue(reconcile, onError);
  const all = (): void => {
    for (const route of routes.list()) queue.add(keyOf(route));
  };
  const stops = [
    routes.onChange(({ object }) => queue.add(keyOf(object))),
    services.onChange(all),
    grants.onChange(all),
  ];
  return {
    close() {
      for (const stop of stops) stop();
      queue.close();
    },
  };
}

/** `ResolvedRefs` of a route: each backend's Service is there, and one of another namespace is granted (gateway.networking.k8s.io). */
export function resolvedRefs(
  { metadata, spec }: HttpRoute,
  exists: (service: string) => boolean,
  grants: readonly ReferenceGrant[],
): Condition {
  const own = metadata.namespace ?? '';
  for (const { name, namespace = own } of (spec?.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs)) {
    const isGranted = grants.some(
      (grant) =>
        grant.metadata.namespace === namespace &&
        grant.spec?.from?.some(({ kind, namespace: from }) => kind === 'HTTPRoute' && from === own) &&
        grant.spec.to?.some((to) => to.kind === 'Service' && (to.name ?? name) === name),
    );
    if (namespace !== own && !isGranted) {
      const message = `${namespace}/${name} may not be referred to from ${own}: there is no ReferenceGrant`;
      return { type: 'ResolvedRefs', status: 'False', reason: 'RefNotPermitted', message };
    }
    if (!exists(`${namespace}/${name}`)) {
      const message = `there is no Service ${namespace}/${name}`;
      return { type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound', message };
    }
  }
  return { type: 'ResolvedRefs', status: 'True', reason: 'ResolvedRefs', message: 'every backend is there' };
}
