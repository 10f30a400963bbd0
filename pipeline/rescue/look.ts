import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { WatchDeps } from '../ports.ts';

/** What a person has to look at, by name. */
export interface Seen {
  /** Services on which nothing may change until a person says so. */
  readonly frozen: readonly string[];
  /** Operations that are beyond their deadline and have no outcome, or still hold the lock (I5, I11). */
  readonly stuck: readonly string[];
  /** Services the route of which could not be read: no rescue would reach them either. */
  readonly unreachable: readonly string[];
}

/** The newest operations that are asked about; older ones were superseded long ago or hold the lock. */
const recent = 20;

/**
 * Looks at every service, through nothing of the pipeline but the table and the cluster. One service's fault keeps no other one
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
  const [freeze, lock, operations, reachable] = await Promise.all([
    deps.store.releases.frozen(name),
    deps.store.locks.read(name),
    deps.store.operations.list(name, recent),
    isReachable(deps, service),
  ]);
  const now = deps.now();
  const isLate = (deadline: string | null) => deadline !== null && Date.parse(deadline) < now;
  const stuck = new Set(
    operations.filter(({ outcome, deadline }) => outcome === null && isLate(deadline)).map(({ id }) => id),
  );
  if (lock.holder !== null && isLate(lock.deadline)) stuck.add(lock.holder);
  return { frozen: freeze === null ? [] : [name], stuck: [...stuck], unreachable: reachable ? [] : [name] };
}

async function isReachable(deps: WatchDeps, service: ServiceConfiguration): Promise<boolean> {
  try {
    // As a rescue reads it.
    await deps.cluster(service).router.read({ purpose: 'return' });
    return true;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    deps.log({ level: 'warn', message: `The route of ${service.name} could not be read: ${cause}` });
    return false;
  }
}
