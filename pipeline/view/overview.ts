import type { ApiHistoryEntry, ApiOverview } from '../../contracts/api/overview.ts';
import { NotFound } from '../../contracts/errors.ts';
import { findService } from '../operation/operation-context.ts';
import type { ViewDeps } from '../ports.ts';
import { readOperationView, summaryOf } from './operation-views.ts';
import { readServiceView } from './service-view.ts';

/** Lines of history: what happened to a service lately, not ever. */
const historyLength = 20;

/** Everything that the console shows of a service. @throws {NotFound} */
export async function readOverview(
  deps: ViewDeps,
  wanted: { service?: string | undefined; operation?: string | undefined; viewer: string | null },
): Promise<ApiOverview> {
  const services = deps.configuration.services.map(({ name }) => name);
  // The address of an operation need not name its service.
  const asked = wanted.service ?? (wanted.operation && (await deps.store.operations.read(wanted.operation))?.service);
  const service = findService(deps.configuration, asked ?? services[0] ?? '');
  const newest = deps.store.operations.list(service.name, historyLength);
  const [view, history] = await Promise.all([
    readServiceView(deps, service, newest),
    newest.then((operations) =>
      Promise.all(operations.map((operation, index) => summaryOf(deps, operation, operations.slice(index + 1)))),
    ),
  ]);
  // The standby machine holds the lock without an operation: there is nothing to show of it.
  const holder = view.lock.kind === null ? null : view.lock.holder;
  const shown = wanted.operation ?? holder ?? atWork(history) ?? history[0]?.id;
  const operation = shown === undefined ? null : await readOperationView(deps, shown);
  if (operation !== null && operation.service !== service.name) {
    throw new NotFound(`Operation ${operation.id} belongs to ${operation.service}, not to ${service.name}.`);
  }
  return {
    viewer: wanted.viewer,
    services,
    service: view,
    history: history.map(({ checks: _, diagnosis: __, ...entry }) => entry),
    operation,
  };
}

/** The newest that has not ended: one that waits for approval holds no lock. */
const atWork = (history: readonly ApiHistoryEntry[]): string | undefined =>
  history.find(({ outcome }) => outcome === null)?.id;
