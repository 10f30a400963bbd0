import { actCommandSchema } from '../../contracts/commands.ts';
import { cleanUp } from './clean-up.ts';
import { deployRelease } from './deploy-release.ts';
import type { ActDeps } from './deps.ts';
import { ensureTarget } from './ensure-target.ts';
import { lowerStandby } from './lower-standby.ts';
import { prepareStandby } from './prepare-standby.ts';
import { prepareSwitch } from './prepare-switch.ts';
import { raiseCapacity, setWeight } from './shift.ts';

/** Parse, call, map. */
export const createHandler = (deps: ActDeps) => async (event: unknown) => {
  const command = actCommandSchema.parse(event);
  const { execution } = command;
  switch (command.action) {
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
      return ensureTarget(deps, execution);
    case 'clean-up':
      return cleanUp(deps, execution);
    case 'lower-standby':
      return lowerStandby(deps, command);
  }
};
