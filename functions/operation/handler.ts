import { type OperationCommand, operationCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler, ResultOf } from '../../contracts/results.ts';
import { awaitApproval, readApproval } from '../../pipeline/approval/await-approval.ts';
import {
  endAfterReturn,
  endBeforeLock,
  finalizeDeployment,
  finalizeRollback,
  freeze,
  holdRelease,
} from '../../pipeline/operation/ending.ts';
import { acquireLock, awaitLock } from '../../pipeline/operation/lock.ts';
import { awaitWindow, readWindow } from '../../pipeline/operation/window.ts';
import type { OperationDeps } from '../../pipeline/ports.ts';
import { beginSwitch } from '../../pipeline/shift/begin-switch.ts';
import { pauseForFault } from '../../pipeline/shift/pause-for-fault.ts';
import { planStandby } from '../../pipeline/standby/plan-standby.ts';

/** Parse, call, map; and only then tell others. */
export const createHandler: CreateHandler<OperationDeps, OperationCommand> = (deps) => async (event) => {
  const command = operationCommandSchema.parse(event);
  try {
    return await obey(deps, command);
  } finally {
    await deps.publishKept();
  }
};

function obey(deps: OperationDeps, command: OperationCommand): Promise<ResultOf<OperationCommand['action']>> {
  const { execution } = command;
  switch (command.action) {
    case 'await-approval':
      return awaitApproval(deps, execution, command.taskToken);
    case 'read-approval':
      return readApproval(deps, execution);
    case 'read-window':
      return readWindow(deps, execution);
    case 'await-window':
      return awaitWindow(deps, execution, command.taskToken);
    case 'acquire-lock':
      return acquireLock(deps, execution);
    case 'await-lock':
      return awaitLock(deps, execution, command.taskToken);
    case 'finalize-deployment':
      return finalizeDeployment(deps, execution);
    case 'end-before-lock':
      return endBeforeLock(deps, command);
    case 'end-after-return':
      return endAfterReturn(deps, command);
    case 'hold-release':
      return holdRelease(deps, execution);
    case 'pause-for-fault':
      return pauseForFault(deps, command);
    case 'finalize-rollback':
      return finalizeRollback(deps, execution, command.reason);
    case 'freeze':
      return freeze(deps, command);
    case 'begin-switch':
      return beginSwitch(deps, command);
    case 'plan-standby':
      return planStandby(deps, command);
  }
}
