import type { Instant } from '../../contracts/instant.ts';
import type { EnvironmentName } from '../../contracts/names.ts';
import type { KubernetesClient } from '../cluster/kubernetes-client.ts';
import { createFencedRouter } from './fenced-router.ts';
import { actionAnnotations, ingressSpec } from './ingress-actions.ts';
import { routePath } from './route-path.ts';
import type { FencedRouter, TrafficRouterOptions } from './traffic-router.ts';
import { listOf, type RouteDialect, type RouteTarget } from './weighted-route.ts';

export interface AlbRouterOptions {
  readonly namespace: string;
  readonly name: string;
  /** The ARN of each environment's target group. */
  readonly targetGroups: Readonly<Record<EnvironmentName, string>>;
  readonly services: TrafficRouterOptions['services'];
  readonly now: () => Instant;
}

/**
 * `targetGroups` of the actions of an Ingress, as `ingressSpec` has them. An environment is its target group; its Service is another spelling
 * of it, by which requests reach the same pods through a target group that the controller made, and which no rise accepts.
 */
export const albDialect = (
  targetGroups: Readonly<Record<EnvironmentName, string>> | null,
  services: TrafficRouterOptions['services'],
): RouteDialect => {
  const sides = [services.blue, services.green].map(({ namespace, name }) => `${namespace}/${name}`);
  const ours = [targetGroups?.blue ?? sides[0], targetGroups?.green ?? sides[1]];
  return {
    entries: 'backends',
    targets: 'targetGroups',
    besides: ['services'],
    idOf: ({ targetGroupARN, targetGroupName, service }) =>
      String(targetGroupARN ?? service ?? targetGroupName ?? 'a target group without an ARN'),
    isSame: (id, one) => id === one || id === sides[ours.indexOf(one)],
    doubtsOf: (targets) => [
      ...targets.flatMap(({ service }) =>
        service === undefined ? [] : [`it names the Service ${String(service)}, not a target group by targetGroupARN`],
      ),
      ...(targets.some(({ isSticky }) => isSticky === true)
        ? ['targetGroupStickinessConfig keeps clients on a target group whatever the weights say; remove it']
        : []),
      ...(targets.length > 1 && targets.some(({ weight }) => typeof weight !== 'number')
        ? ['a target group has no weight, so the controller ignores the whole action']
        : []),
    ],
    redirected: (_target, one): RouteTarget => ({ targetGroupARN: one }),
    mirrorsOf: () => [],
    hasNames: false,
    missingWeight: 0,
  };
};

/** The route of a service as an Ingress (networking.k8s.io/v1) of the AWS Load Balancer Controller: the weights of an action of it. */
export function createAlbRouter(kubernetes: KubernetesClient, options: AlbRouterOptions): FencedRouter {
  const { namespace, name, targetGroups, services, now } = options;
  return createFencedRouter(kubernetes, {
    kind: 'Ingress',
    path: routePath('alb', { namespace, name }),
    namespace,
    name,
    now,
    dialect: albDialect(targetGroups, services),
    targets: targetGroups,
    specOf: (object) => ingressSpec({ ...object, metadata: { namespace, ...object.metadata } }),
    changesOf: (object, written) => ({
      metadata: {
        annotations: actionAnnotations(
          { ...object, metadata: { namespace, ...object.metadata } },
          listOf(written, 'backends'),
        ),
      },
    }),
  });
}
