import { routePath } from '../../adapters/traffic/route-path.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { Milliseconds } from '../../contracts/duration.ts';
import { bindAtFirstCall } from './bind-at-first-call.ts';
import { type ClusterClients, clusterClientsOf } from './cluster-clients.ts';
import { requireVariables } from './environment.ts';
import { onItsWay } from './on-its-way.ts';
import { readConfiguration } from './read-configuration.ts';

interface ReadingFirst<Arguments extends unknown[], Answer> {
  /** Budget of one call of the cluster. */
  readonly within: Milliseconds;
  /** The services whose routes this event needs before anything else of the cluster. What it says was not checked by any schema yet. */
  readonly routesOf: (event: Arguments[0], configuration: Configuration) => readonly ServiceConfiguration[];
  /** Loads the rest. The clients have what was read. */
  readonly load: (clients: ClusterClients) => Promise<(...asked: Arguments) => Promise<Answer>>;
}

/** An entry point of Lambda that asks the cluster for the live route first, and loads its code while the cluster works (docs/adr/0016). */
export const afterReadingAhead = <Arguments extends unknown[], Answer>({
  within,
  routesOf,
  load,
}: ReadingFirst<Arguments, Answer>) =>
  bindAtFirstCall(async (...[event]: Arguments) => {
    const { SLUICE_CONFIGURATION } = requireVariables(process.env, 'AWS_REGION', 'SLUICE_CONFIGURATION');
    const configuration = readConfiguration(SLUICE_CONFIGURATION);
    const clients = clusterClientsOf(process.env, configuration, within);
    const asked = routesOf(event, configuration).map(({ cluster, traffic: { router, route } }) =>
      clients(cluster).readAhead(routePath(router, route)),
    );
    if (asked.length > 0) await onItsWay(Promise.all(asked));
    return load(clients);
  });

/** The service that a command of a state machine is about, as far as it can be told without a schema. */
export function serviceOf(event: unknown, { services }: Configuration): ServiceConfiguration[] {
  const { service, execution } = event as { service?: unknown; execution?: { service?: unknown } };
  return services.filter(({ name }) => name === (service ?? execution?.service));
}

/** The same for these commands only, since others do not begin with the route. */
export const serviceOfActions =
  (actions: ReadonlySet<string>) =>
  (event: unknown, configuration: Configuration): ServiceConfiguration[] =>
    actions.has(actionOf(event)) ? serviceOf(event, configuration) : [];

/** What a command wants; an empty text when it does not say. */
const actionOf = (event: unknown): string => {
  const { action } = event as { action?: unknown };
  return typeof action === 'string' ? action : '';
};
