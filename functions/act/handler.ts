import { type ActCommand, actCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import type { ActDeps } from '../../pipeline/ports.ts';
import { checkRights } from '../../pipeline/release/check-rights.ts';
import { prepareSwitch } from '../../pipeline/shift/prepare-switch.ts';
import { raiseCapacity, setWeight } from '../../pipeline/shift/shift.ts';
import { cleanUp } from '../../pipeline/standby/clean-up.ts';
import { deployRelease } from '../../pipeline/standby/deploy-release.ts';
import { ensureTarget } from '../../pipeline/standby/ensure-target.ts';
import { lowerStandby } from '../../pipeline/standby/lower-standby.ts';
import { prepareStandby } from '../../pipeline/standby/prepare-standby.ts';

/** Parse, call, map. */
export const createHandler: CreateHandler<ActDeps, ActCommand> = (deps) => async (event) => {
  const command = actCommandSchema.parse(event);
  if (command.action === 'look-at-token') return { outcome: await deps.lookAtToken() };
  const { execution } = command;
  switch (command.action) {
    case 'check-rights':
      return checkRights(deps, 'act', execution);
    case 'prepare-standby':
      return prepareStandby(deps, execution);
    case 'prepare-switch':
      return prepareSwitch(deps, execution);
    case 'deploy-release':
      return deployRelease(deps, execution);
    case 'raise-capacity':
      return raiseCapacity(deps, execution);
    case 'set-weight':
      return setWeight(deps, execution, command);
    case 'ensure-target':
      return ensureTarget(deps, execution, command.waited);
    case 'clean-up':
      return cleanUp(deps, execution);
    case 'lower-standby':
      return lowerStandby(deps, command);
  }
};
