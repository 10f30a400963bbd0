import type { ApiServiceLine, ApiSummary } from '../../contracts/api/summary.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { wantedVersion } from '../../contracts/trigger.ts';
import { shownState } from '../../core/operation/waiting.ts';
import { readWaiting } from '../operation/read-waiting.ts';
import type { ViewDeps } from '../ports.ts';
import { readTrafficView } from './cluster-view.ts';
import { ifReadable } from './if-readable.ts';

/** Services that are read at once: cluster and database answer a page of two hundred without being flooded by it. */
const atOnce = 20;
/** Operations that are looked at for the one that is at work and the last that has ended. */
const newest = 5;

/**
 * All services, each in a line. Of each, one list of operations, its freeze, its route and one Deployment are read, and what an operation waits
 * for where one does: four calls for a service at rest.
 */
export async function readSummary(deps: ViewDeps, viewer: string | null): Promise<ApiSummary> {
  const { services } = deps.configuration;
  const lines: ApiServiceLine[] = [];
  for (let index = 0; index < services.length; index += atOnce) {
    const some = services.slice(index, index + atOnce);
    lines.push(...(await Promise.all(some.map((service) => readLine(deps, service)))));
  }
  return { viewer, services: lines };
}

async function readLine(deps: ViewDeps, service: ServiceConfiguration): Promise<ApiServiceLine> {
  const { name } = service;
  const [traffic, operations, frozen] = await Promise.all([
    readTrafficView(deps, service),
    deps.store.operations.list(name, newest),
    deps.store.releases.frozen(name),
  ]);
  const open = operations.filter(({ outcome }) => outcome === null);
  // The one that has the lock, or had it last, before those that wait for it.
  const atWork = open.find(({ epoch }) => epoch !== null) ?? open[0];
  const last = operations.find(({ outcome }) => outcome !== null);
  return {
    name,
    ...traffic,
    frozen: frozen === null ? null : { reason: frozen.reason, at: frozen.at },
    atWork:
      atWork === undefined
        ? null
        : {
            ...about(atWork),
            state: shownState(atWork),
            startedAt: atWork.startedAt,
            waiting: await waitingOf(deps, service, atWork),
          },
    last:
      last === undefined || last.outcome === null
        ? null
        : { ...about(last), outcome: last.outcome, reason: last.reason, endedAt: last.endedAt },
  };
}

const about = ({ id, kind, release, trigger }: OperationRecord) => ({
  id,
  kind,
  version: release?.version ?? wantedVersion(trigger),
});

async function waitingOf(deps: ViewDeps, service: ServiceConfiguration, operation: OperationRecord) {
  const waiting = await ifReadable(deps, readWaiting(deps, service, operation));
  return waiting === null ? null : { kind: waiting.kind, text: waiting.text, until: waiting.until };
}
