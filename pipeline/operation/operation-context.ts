import type { Execution } from '../../contracts/commands.ts';
import type { Configuration } from '../../contracts/configuration/configuration.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { NotFound } from '../../contracts/errors.ts';
import { type Instant, parseInstant } from '../../contracts/instant.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { operationId } from '../../core/operation/id.ts';
import type { CommonDeps } from '../ports.ts';

/** An operation and the configuration of its service. */
export interface OperationContext {
  readonly operation: OperationRecord;
  readonly service: ServiceConfiguration;
}

/** The id of the operation that an execution carries out: the same for every repetition of its commands. */
export const idOf = (execution: Execution): string => operationId(parseInstant(execution.startedAt), execution.name);

/** @throws {NotFound} when no such service is configured. */
export function findService(configuration: Configuration, name: string): ServiceConfiguration {
  const service = configuration.services.find((candidate) => candidate.name === name);
  if (service) return service;
  const known = configuration.services.map((candidate) => candidate.name).join(', ');
  throw new NotFound(`There is no service "${name}" in sluice.yaml; it has: ${known}.`);
}

/** @throws {NotFound} when the execution has registered no operation. */
export async function loadOperation(deps: CommonDeps, execution: Execution): Promise<OperationContext> {
  return readOperation(deps, idOf(execution));
}

/** @throws {NotFound} when there is no such operation. */
export async function readOperation({ store, configuration }: CommonDeps, id: string): Promise<OperationContext> {
  const operation = await store.operations.read(id);
  if (operation === null) throw new NotFound(`There is no operation ${id}.`);
  return { operation, service: findService(configuration, operation.service) };
}

/** The instant as the store writes it. */
export const timestamp = (deps: { readonly now: () => Instant }): string => new Date(deps.now()).toISOString();
