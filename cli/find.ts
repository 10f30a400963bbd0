import { type ApiOperationSummary, operationListSchema } from '../contracts/api/operation.ts';
import { serviceListSchema } from '../contracts/api/service.ts';
import { usageError } from './exit.ts';
import { operationName } from './output/operation-lines.ts';
import type { Session } from './session.ts';

/** The service that a command is about: the one that was named, else the only one there is. @throws {CliError} usage. */
export async function findServiceName({ api, flags, world }: Session): Promise<string> {
  const named = flags.service ?? world.env.SLUICE_SERVICE;
  if (named !== undefined && named !== '') return named;
  const { services } = await api.get('/api/services', serviceListSchema);
  const [only] = services;
  if (only !== undefined && services.length === 1) return only.name;
  throw usageError(
    `There are ${services.length} services. Say which one you mean.`,
    `Pass --service: ${services.map(({ name }) => name).join(', ')}`,
  );
}

/** Finds an operation that nobody named: the only unfinished one that fits. @throws {CliError} usage, with those to choose from. */
export async function findUnfinished(
  session: Session,
  fitting: { readonly what: string; readonly fits: (operation: ApiOperationSummary) => boolean },
): Promise<ApiOperationSummary> {
  const found = (await newestOperations(session)).filter(
    (operation) => operation.outcome === null && fitting.fits(operation),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) throw usageError(`There is no ${fitting.what}.`, 'To list all operations: sluice operations');
  const choices = found.map((one) => `${one.id}  ${operationName(one)}`);
  throw usageError(`There is more than one ${fitting.what} (${found.length}). Name one:`, choices.join('\n'));
}

/**
 * What is under way, or else came last, for whoever only looks. A rollback that an abort has started is part of what was aborted: that one is
 * shown, since it ends when its traffic is back.
 *
 * @throws {CliError} usage, when there was nothing yet.
 */
export async function findCurrent(session: Session): Promise<ApiOperationSummary> {
  const operations = await newestOperations(session);
  const current = operations.find(({ outcome }) => outcome === null) ?? operations[0];
  if (current === undefined) {
    throw usageError('There is no operation yet.', 'A CI run starts one, or you do: sluice deploy --version v2.1.0');
  }
  const returned = operations.find(({ id }) => current.kind === 'rollback' && id === current.related);
  return returned !== undefined && returned.abort !== null ? returned : current;
}

/** The newest operations, the newest first: of the service that was named, else of all. */
export async function newestOperations({ api, flags, world }: Session): Promise<readonly ApiOperationSummary[]> {
  const named = flags.service ?? world.env.SLUICE_SERVICE;
  const query = new URLSearchParams({ limit: '100', ...(named ? { service: named } : {}) });
  return (await api.get(`/api/operations?${query}`, operationListSchema)).operations;
}
