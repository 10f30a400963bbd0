import { isDeepStrictEqual } from 'node:util';
import type { Router } from '../../router/router.ts';
import type { Routes } from '../../router/routing-table.ts';
import type { Informers } from './informers.ts';
import type { EndpointSlice, HttpRoute, Ingress, Pod, Service, VirtualService } from './objects.ts';
import { resources } from './resources.ts';
import { routesOf } from './routes-of-objects.ts';

/** Tells the router of each change of a VirtualService, HTTPRoute, Ingress, Service, EndpointSlice or pod, as soon as the watch says so. */
export function startRouteController({
  informers,
  router,
  environments,
  targetGroups,
}: {
  informers: Informers;
  environments?: ReadonlyMap<string, string> | undefined;
  targetGroups?: ReadonlyMap<string, string> | undefined;
  router: Pick<Router, 'setRoutes'>;
}): {
  /** Resolves once the router knows what is there. */
  settled: Promise<void>;
  close(): void;
} {
  const virtualServices = informers.of<VirtualService>(resources.virtualServices);
  const httpRoutes = informers.of<HttpRoute>(resources.httpRoutes);
  const ingresses = informers.of<Ingress>(resources.ingresses);
  const services = informers.of<Service>(resources.services);
  const slices = informers.of<EndpointSlice>(resources.endpointSlices);
  const pods = informers.of<Pod>(resources.pods);
  const all = [virtualServices, httpRoutes, ingresses, services, slices, pods];
  let known: Routes | undefined;
  let due = false;
  let closed = false;

  const publish = (): void => {
    due = false;
    if (closed) return;
    const routes = routesOf({
      virtualServices: virtualServices.list(),
      httpRoutes: httpRoutes.list(),
      ingresses: ingresses.list(),
      targetGroups,
      services: services.list(),
      slices: slices.list(),
      pod: pods.get,
      environments,
    });
    if (isDeepStrictEqual(routes, known)) return;
    known = routes;
    router.setRoutes(routes);
  };
  const stops: (() => void)[] = [];
  const begin = async (): Promise<void> => {
    await Promise.all(all.map(({ synced }) => synced));
    publish();
    const onChange = (): void => {
      // What one read of the watch brings together is published once.
      if (!due) setImmediate(publish);
      due = true;
    };
    stops.push(
      virtualServices.onChange(onChange),
      httpRoutes.onChange(onChange),
      ingresses.onChange(onChange),
      services.onChange(onChange),
      slices.onChange(onChange),
      pods.onChange(onChange),
    );
  };
  return {
    settled: begin(),
    close() {
      closed = true;
      for (const stop of stops) stop();
    },
  };
}
