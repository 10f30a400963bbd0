import { gatewayState, type StatusOfRoute } from '../../adapters/traffic/gateway-status.ts';
import {
  dialectFor,
  type ListedRoute,
  problemsOfOthers,
  type RoutesByRouter,
  specOf,
  targetsFor,
} from '../../adapters/traffic/other-routes.ts';
import type { RouterName } from '../../adapters/traffic/route-path.ts';
import { listOf, readWeights } from '../../adapters/traffic/weighted-route.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/configuration.ts';
import { type EnvironmentName, environmentNames } from '../../contracts/names.ts';
import { type Read, readJson } from '../break-glass/kubectl.ts';
import type { World } from '../world.ts';
import { check, type Finding, missing, unknown } from './finding.ts';

type Route = ListedRoute & StatusOfRoute;

/** As much of a ReferenceGrant as says who may refer to what. */
interface ReferenceGrant {
  readonly spec?: {
    readonly from?: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
    readonly to?: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  };
}

const plurals = {
  istio: 'virtualservices.networking.istio.io',
  'gateway-api': 'httproutes.gateway.networking.k8s.io',
  alb: 'ingresses.networking.k8s.io',
};

/** Whether the route's weights decide about all of the traffic, and whether its gateways can follow it, as a rise would see it. */
export async function checkRoute(
  world: World,
  context: string,
  service: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const decides = check(`${service.name}: the weights of its route decide about all of its traffic`, 'holds', '', '');
  const { router, route } = service.traffic;
  const [istio, gateway, alb] = await Promise.all([
    listRoutes(world, context, 'istio'),
    listRoutes(world, context, 'gateway-api'),
    router === 'alb' ? listRoutes(world, context, 'alb') : none,
  ]);
  const failed = [istio, gateway, alb].find((read) => read.kind === 'failed');
  if (istio.kind === 'failed' || gateway.kind === 'failed' || alb.kind === 'failed') {
    return [unknown(decides.what, failed?.kind === 'failed' ? failed.why : '')];
  }
  const all: Readonly<Record<RouterName, readonly Route[]>> = {
    istio: istio.object.items,
    'gateway-api': gateway.object.items,
    alb: alb.object.items,
  };
  const own = all[router].find(
    ({ metadata }) => metadata.namespace === route.namespace && metadata.name === route.name,
  );
  if (own === undefined) {
    const detail = `there is no ${route.namespace}/${route.name} among ${plurals[router]}`;
    return [missing(decides.what, detail, 'docs/install.md, first service, has an example of each kind.')];
  }
  const problems = problemsWith(service, own, all);
  const fix = isWithoutNames(service, own)
    ? 'Give the rules of the HTTPRoute their names. If they are gone after `kubectl apply`, the cluster has a Gateway API before 1.4: install the CRDs of a newer one.'
    : 'Take it out of the route or the object that is named: nothing is deployed while it is there (docs/adr/0032).';
  return [
    check(decides.what, problems.length === 0 ? 'holds' : 'fails', problems.join('; '), fix),
    ...(router === 'gateway-api' ? await checkGateway(world, context, service, own) : []),
    ...(await checkTargetGroups(world, context, service)),
  ];
}

const none: Read<{ readonly items: readonly Route[] }> = { kind: 'read', object: { items: [] } };

/** A kind that is not installed has no objects. */
async function listRoutes(
  world: World,
  context: string,
  router: RouterName,
): Promise<Read<{ readonly items: readonly Route[] }>> {
  const read = await readJson<{ readonly items: readonly Route[] }>(world, [
    ...['--context', context, 'get', plurals[router]],
    ...['-A', '-o', 'json'],
  ]);
  const isAbsent = read.kind === 'failed' && /have a resource type/.test(read.why);
  return isAbsent ? none : read;
}

/** Whether rules are named in the configuration and none is on the HTTPRoute: an older schema drops the field without a word. */
const isWithoutNames = ({ traffic }: ServiceConfiguration, { spec = {} }: ListedRoute): boolean =>
  traffic.router === 'gateway-api' &&
  traffic.rules !== null &&
  listOf(spec, 'rules').every(({ name }) => name === undefined);

/** What keeps the weights of a service's route object from deciding about all of its traffic, among every route object that is known. */
export function problemsWith(service: ServiceConfiguration, own: ListedRoute, all: RoutesByRouter): string[] {
  const { router, route, targetGroups, rules } = service.traffic;
  const services = { blue: serviceOf(service, 'blue'), green: serviceOf(service, 'green') };
  const sides = { services, targetGroups };
  const spec = specOf(router, own);
  const reading = readWeights(spec, dialectFor(router, route.namespace, sides), targetsFor(router, sides), rules);
  return [
    ...(reading.kind === 'ours' ? [] : [reading.problem]),
    ...problemsOfOthers({ router, ...route, ...sides, spec }, all),
  ];
}

const serviceOf = ({ environments }: ServiceConfiguration, environment: EnvironmentName) => ({
  namespace: environments[environment].namespace,
  name: environments[environment].backend,
});

async function checkGateway(
  world: World,
  context: string,
  service: ServiceConfiguration,
  own: Route,
): Promise<readonly Finding[]> {
  const state = gatewayState(own);
  const follows = check(
    `${service.name}: its gateways follow the HTTPRoute`,
    state.kind === 'follows' ? 'holds' : 'fails',
    state.kind === 'refused' ? state.problem : state.kind === 'pending' ? state.reason : '',
    `kubectl -n ${service.traffic.route.namespace} describe httproute ${service.traffic.route.name} says why.`,
  );
  const apart = environmentNames.filter(
    (environment) => service.environments[environment].namespace !== service.traffic.route.namespace,
  );
  const grants = await Promise.all(apart.map((environment) => checkGrant(world, context, service, environment)));
  return [follows, ...grants];
}

/** As much of a TargetGroupBinding of the AWS Load Balancer Controller as says which pods a target group has. */
interface TargetGroupBinding {
  readonly spec?: { readonly targetGroupARN?: string; readonly serviceRef?: { readonly name?: string } };
}

/** Whether each target group has the pods of its environment. Nobody else sees it when the two are crossed: weights would lead to the wrong side. */
async function checkTargetGroups(
  world: World,
  context: string,
  service: ServiceConfiguration,
): Promise<readonly Finding[]> {
  const { targetGroups } = service.traffic;
  if (targetGroups === null) return [];
  const words = ['get', 'targetgroupbindings.elbv2.k8s.aws', '-o', 'json'];
  return Promise.all(
    environmentNames.map(async (environment): Promise<Finding> => {
      const { namespace, backend } = service.environments[environment];
      const arn = targetGroups[environment];
      const what = `${service.name}: the target group of ${environment} has the pods of its Service`;
      const all = ['--context', context, '-n', namespace, ...words];
      const read = await readJson<{ readonly items: readonly TargetGroupBinding[] }>(world, all);
      if (read.kind === 'failed') return unknown(what, read.why);
      const bound = read.object.items.filter(({ spec }) => spec?.serviceRef?.name === backend);
      const isBound = bound.some(({ spec }) => spec?.targetGroupARN === arn);
      const others = bound.map(({ spec }) => spec?.targetGroupARN ?? 'one without an ARN');
      const found = others.length === 0 ? 'no target group' : others.join(' and ');
      const detail = `${backend} in ${namespace} has ${found}, not ${arn}`;
      const fix =
        'docs/alb.md has the TargetGroupBinding of an environment; traffic.targetGroups names its target group.';
      return check(what, isBound ? 'holds' : 'fails', detail, fix);
    }),
  );
}

/** A reference into another namespace is followed only where that namespace grants it. */
async function checkGrant(
  world: World,
  context: string,
  service: ServiceConfiguration,
  environment: EnvironmentName,
): Promise<Finding> {
  const { namespace, backend } = service.environments[environment];
  const from = service.traffic.route.namespace;
  const what = `${service.name}: ${namespace} lets HTTPRoutes of ${from} refer to its Service`;
  const kind = 'referencegrants.gateway.networking.k8s.io';
  const words = ['--context', context, '-n', namespace, 'get', kind, '-o', 'json'];
  const read = await readJson<{ readonly items: readonly ReferenceGrant[] }>(world, words);
  if (read.kind === 'failed') return unknown(what, read.why);
  const granted = read.object.items.some(
    ({ spec: { from: sources = [], to = [] } = {} }) =>
      sources.some(
        (one) => one.group === 'gateway.networking.k8s.io' && one.kind === 'HTTPRoute' && one.namespace === from,
      ) && to.some((one) => one.group === '' && one.kind === 'Service' && (one.name ?? backend) === backend),
  );
  const fix = `Set gatewayApi.routeNamespace: ${from} in the chart's values; argocd/projects/production.yaml allows the kind.`;
  return check(what, granted ? 'holds' : 'fails', `there is no ReferenceGrant for it in ${namespace}`, fix);
}
