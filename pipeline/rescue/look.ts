import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import { needsAPerson } from '../operation/needs-a-person.ts';
import type { WatchDeps } from '../ports.ts';
import type { SeenRoute } from './rest-steps.ts';
import { watchRest } from './watch-rest.ts';

/** What a person has to look at, by name. */
export interface Seen {
  /** Services that are frozen: no deployment begins on them until a person ends the freeze. */
  readonly frozen: readonly string[];
  /** Operations that are beyond their deadline and have no outcome, or still hold the lock (I5, I11). */
  readonly stuck: readonly string[];
  /** Services the route of which could not be read: no rescue would reach them either. */
  readonly unreachable: readonly string[];
}

/**
 * Looks at every service, through nothing of the pipeline but the table, the cluster and what wakes people. One service's fault keeps no other one
 * from being looked at; when the table does not answer, the call fails, and the alarms see that nobody looks.
 */
export async function look(deps: WatchDeps): Promise<Seen> {
  const looks = await Promise.all(deps.configuration.services.map((service) => lookAt(deps, service)));
  return {
    frozen: looks.flatMap(({ frozen }) => frozen),
    stuck: looks.flatMap(({ stuck }) => stuck),
    unreachable: looks.flatMap(({ unreachable }) => unreachable),
  };
}

async function lookAt(deps: WatchDeps, service: ServiceConfiguration): Promise<Seen> {
  const { name } = service;
  if (service.mode === 'observe') {
    // Its route is another pipeline's, and no rescue of Sluice's would go there.
    const { frozen, stuck } = await needsAPerson(deps, name, deps.now());
    return { frozen: frozen ? [name] : [], stuck, unreachable: [] };
  }
  const [{ frozen, stuck, lock }, route] = await Promise.all([
    needsAPerson(deps, name, deps.now()),
    readRoute(deps, service),
  ]);
  await lookAtRest(deps, service, { route, lock });
  const unreachable = route === null || route === 'gone' ? [name] : [];
  return { frozen: frozen ? [name] : [], stuck, unreachable };
}

/** A page that cannot be sent keeps no metric from being written: the next look sends it. */
async function lookAtRest(deps: WatchDeps, service: ServiceConfiguration, seen: Parameters<typeof watchRest>[2]) {
  try {
    for (const { reason } of await watchRest(deps, service, seen)) {
      deps.log({ level: 'warn', message: `${service.name}, while no operation is in progress: ${reason}` });
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    const message = `Not everybody could be told what is wrong with ${service.name}; the next look tries again: ${cause}`;
    deps.log({ level: 'error', message });
  }
}

async function readRoute(deps: WatchDeps, service: ServiceConfiguration): Promise<SeenRoute> {
  try {
    // As a rescue reads it.
    return await deps.cluster(service).router.read({ purpose: 'return' });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'warn', message: `The route of ${service.name} could not be read: ${cause}` });
    return error instanceof NotFound ? 'gone' : null;
  }
}
