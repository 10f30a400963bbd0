import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import type { ListedRoute, RoutesByRouter } from '../adapters/traffic/other-routes.ts';
import { routeKinds } from '../adapters/traffic/route-path.ts';
import type { Configuration } from '../contracts/configuration/configuration.ts';
import type { ConfigurationProblem } from '../contracts/configuration/parse-configuration.ts';
import { problemsWith } from './doctor/check-route.ts';
import { usageError } from './exit.ts';

const objectSchema = z.looseObject({
  kind: z.string(),
  metadata: z.looseObject({
    namespace: z.string().default('default'),
    name: z.string(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});
const listSchema = z.looseObject({
  kind: z.string().endsWith('List').or(z.literal('List')),
  items: z.array(z.unknown()),
});

/**
 * The route objects in YAML or JSON, as `kubectl get virtualservices,httproutes,ingresses -A -o yaml` prints them or as they lie in Git. Objects of other
 * kinds are passed over.
 *
 * @throws {CliError} usage, when the text is neither.
 */
export function routesIn(text: string, file: string): RoutesByRouter {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap((document) => document.errors)[0];
  if (broken !== undefined) throw usageError(`${file} is not YAML: ${broken.message}`, 'Name a file of route objects.');
  const objects = documents.flatMap((document): unknown[] => {
    const content: unknown = document.toJS();
    const list = listSchema.safeParse(content).data;
    return list?.items ?? [content];
  });
  const read = objects.flatMap((object) => objectSchema.safeParse(object).data ?? []);
  const of = (kind: string): ListedRoute[] => read.filter((object) => object.kind === kind);
  return { istio: of(routeKinds.istio), 'gateway-api': of(routeKinds['gateway-api']), alb: of(routeKinds.alb) };
}

/** What of the route objects keeps a service's weights from deciding about all of its traffic: every shift would be refused for it. */
export const routeProblems = ({ services }: Configuration, routes: RoutesByRouter): readonly ConfigurationProblem[] =>
  services.flatMap((service, index) => {
    const { router, route } = service.traffic;
    const label = `${routeKinds[router]} ${route.namespace}/${route.name}`;
    const own = routes[router].find(
      ({ metadata }) => metadata.namespace === route.namespace && metadata.name === route.name,
    );
    const problems = own === undefined ? ['it is not among the routes'] : problemsWith(service, own, routes);
    return problems.map((problem) => ({
      path: `services[${index}].traffic.route`,
      line: null,
      message: `${label}: ${problem}`,
    }));
  });
