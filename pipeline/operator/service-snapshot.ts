import type { ApiService } from '../../contracts/api/service.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import { environmentNames } from '../../contracts/names.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import type { OperatorDeps } from '../ports.ts';
import { readServiceView } from '../view/service-view.ts';

/** What is going on with a service while a person's hand is on it. */
export interface ServiceSnapshot {
  readonly view: ApiService;
  /** The operation that holds the lock; null when it is free, or held by the standby machine. */
  readonly atWork: OperationRecord | null;
  /** What has not ended and does not hold the lock; a return that is about to take it waits for nobody. */
  readonly waiting: readonly OperationRecord[];
}

/** Reads it after the effect, which must not wait for a cluster that does not answer. */
export async function readServiceSnapshot(deps: OperatorDeps, service: ServiceConfiguration): Promise<ServiceSnapshot> {
  const listed = deps.store.operations.list(service.name, 20);
  const [view, newest] = await Promise.all([readServiceView(deps, service, listed), listed]);
  const { holder } = view.lock;
  const atWork = holder === null ? null : await deps.store.operations.read(holder);
  const waiting = newest.filter(
    ({ id, outcome, state }) => outcome === null && id !== holder && state !== 'returning-traffic',
  );
  return { view, atWork, waiting };
}

/** `deployment 01kb… of v2.1.0 (shifting-traffic)` */
export const nameOf = ({ kind, id, release, state }: OperationRecord): string =>
  `${kind} ${id}${release === null ? '' : ` of ${release.version}`} (${state})`;

/** Where the traffic is, and that it is still there. */
export const unmoved = ({ environments, problem }: ApiService): string =>
  problem === null || environmentNames.every((side) => environments[side].weight !== null)
    ? `No traffic was moved: ${environmentNames.map((side) => `${side} has ${environments[side].weight} %`).join(', ')}.`
    : `No traffic was moved. Where it is could not be read: ${problem}`;
