import { observeCommandSchema } from '../../contracts/commands.ts';
import { awaitDecision } from './await-decision.ts';
import { compareSides } from './compare-sides.ts';
import type { ObserveDeps } from './deps.ts';
import { verifyStandby } from './health.ts';
import { bake, judge } from './judging.ts';
import { keepSplit } from './keep-split.ts';
import { observeLive, recheck } from './live.ts';
import { planRollback } from './plan-rollback.ts';
import { postValidate } from './post-validate.ts';
import { awaitTarget, diagnose } from './return.ts';
import { awaitCapacity, awaitSync } from './sync.ts';
import { verifyReturn } from './verify-return.ts';

/** Parse, call, map. */
export const createHandler = (deps: ObserveDeps) => async (event: unknown) => {
  const command = observeCommandSchema.parse(event);
  const { execution } = command;
  switch (command.action) {
    case 'observe-live':
      return observeLive(deps, execution);
    case 'recheck':
      return recheck(deps, execution);
    case 'await-sync':
      return awaitSync(deps, execution);
    case 'verify-standby':
      return verifyStandby(deps, execution);
    case 'await-capacity':
      return awaitCapacity(deps, execution, command.weight);
    case 'judge':
      return judge(deps, execution, command.weight);
    case 'bake':
      return bake(deps, execution);
    case 'await-decision':
      return awaitDecision(deps, execution);
    case 'keep-split':
      return keepSplit(deps, execution);
    case 'post-validate':
      return postValidate(deps, execution);
    case 'await-target':
      return awaitTarget(deps, execution);
    case 'verify-return':
      return verifyReturn(deps, execution);
    case 'diagnose':
      return diagnose(deps, execution);
    case 'compare-sides':
      return compareSides(deps, command);
    case 'plan-rollback':
      return planRollback(deps, command);
  }
};
