import { because, type Reason } from '../../contracts/reason.ts';
import type { OperationRecord } from '../../contracts/records/operation.ts';
import { isPlanned } from '../../core/rollback/is-planned.ts';

/**
 * Why a rollback ends that a person has aborted: the service freezes, and its traffic stays where it is. Null where nobody has, and for a planned
 * one, which gives up instead: what it then does is what was asked for.
 */
export const abortOf = ({ abort, trigger }: OperationRecord): Reason | null =>
  abort === null || isPlanned(trigger)
    ? null
    : because('ReturnAborted', `The rollback was aborted by ${abort.actor}: ${abort.reason}`);
