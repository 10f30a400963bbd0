import type { Told } from '../../contracts/api/operator-actions.ts';
import type { ApiStarted } from '../../contracts/api/started.ts';
import type { ServiceConfiguration } from '../../contracts/configuration/service.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { durationWords } from '../../contracts/words.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';
import { nameOf, type ServiceSnapshot, unmoved } from './service-snapshot.ts';

const follow = ({ id }: { id: string }) => `sluice operation ${id} --watch`;

/** Before the lock there is nothing to return. */
export const tellEnding = (operation: OperationRecord): Told => ({
  did: [`The ${nameOf(operation)} ends by itself within seconds.`],
  didNot: ['It has moved no traffic, so nothing has to go back.'],
  next: [follow(operation)],
});

export const tellReturned = (
  operation: OperationRecord,
  { operation: rollback, execution }: ApiStarted,
  { afterAbort }: Pick<ServiceConfiguration['standby'], 'afterAbort'>,
): Told => ({
  did: [
    `The ${nameOf(operation)} ends: ${rollback ?? execution} returns its traffic and then frees the lock.`,
    ...(operation.kind === 'deployment' && operation.target !== null && afterAbort > 0
      ? [
          `${operation.target} gets the release of before again, and keeps its pods for ${durationWords(afterAbort)} (standby.afterAbort).`,
        ]
      : []),
  ],
  didNot: [],
  next: [follow({ id: rollback ?? operation.id })],
});

/** A rollback at work ends where it is: above all, where that leaves the traffic, and what moves it now (I7). */
export function describeAbortedRollback({ view }: ServiceSnapshot, operation: OperationRecord): Told {
  const { name } = view;
  if (isPlanned(operation.trigger)) {
    return {
      did: [`The ${nameOf(operation)} ends: its traffic goes back to where it was before, and stays there.`],
      didNot: [unmoved(view)],
      next: [follow(operation)],
    };
  }
  return {
    did: [`The ${nameOf(operation)} ends within seconds and frees the lock.`],
    didNot: [
      unmoved(view),
      `The traffic stays where it is. Unless the return was already verified, ${name} is then frozen and the on-call is paged.`,
    ],
    next: [
      follow(operation),
      `sluice break-glass --service ${name}`,
      `sluice rollback --service ${name} --version last-known-good --reason "…" --emergency`,
      `sluice unfreeze --service ${name} --reason "…"`,
    ],
  };
}
