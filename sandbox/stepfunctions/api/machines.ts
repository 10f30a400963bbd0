import type { StateMachineRecord } from '../journal/records.ts';
import type { ActionContext } from './action.ts';
import { ApiError } from './api-error.ts';

/** Throws for what is no state machine's ARN. */
export function checkMachineArn(arn: string): string {
  if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:.+$/.test(arn)) {
    throw new ApiError('InvalidArn', `Invalid Arn: 'Invalid ARN prefix: ${arn}'`);
  }
  return arn;
}

/** The machine with this ARN. */
export function machineByArn({ engine }: ActionContext, arn: string): StateMachineRecord {
  const machine = engine.store.machines.get(checkMachineArn(arn));
  if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

/** The machine with this ARN, which must not be about to go. */
export function lastingMachine(context: ActionContext, arn: string): StateMachineRecord {
  return refuseDeleting(machineByArn(context, arn));
}

export function refuseDeleting(machine: StateMachineRecord): StateMachineRecord {
  if (machine.isDeleting) throw new ApiError('StateMachineDeleting', `State Machine is Deleting: '${machine.arn}'`);
  return machine;
}
