import { type ObserveCommand, observeCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import { observeForeign } from '../../pipeline/observation/observe-foreign.ts';
import type { ObserveDeps } from '../../pipeline/ports.ts';
import { awaitTarget, diagnose } from '../../pipeline/return/await-return.ts';
import { planRollback } from '../../pipeline/return/plan-rollback.ts';
import { verifyReturn } from '../../pipeline/return/verify-return.ts';
import { awaitDecision } from '../../pipeline/shift/await-decision.ts';
import { compareSides } from '../../pipeline/shift/compare-sides.ts';
import { bake, judge } from '../../pipeline/shift/judging.ts';
import { keepSplit } from '../../pipeline/shift/keep-split.ts';
import { observeLive, recheck } from '../../pipeline/shift/live.ts';
import { postValidate } from '../../pipeline/shift/post-validate.ts';
import { awaitCapacity, awaitSync } from '../../pipeline/standby/await-sync.ts';
import { verifyStandby } from '../../pipeline/standby/verify-health.ts';

/** Parse, call, map. */
export const createHandler: CreateHandler<ObserveDeps, ObserveCommand> = (deps) => async (event) => {
  const command = observeCommandSchema.parse(event);
  const { execution } = command;
  switch (command.action) {
    case 'observe-live':
      return observeLive(deps, execution);
    case 'observe-foreign':
      return observeForeign(deps, execution);
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
      return awaitTarget(deps, execution, command.waited);
    case 'verify-return':
      return verifyReturn(deps, execution, command.waited);
    case 'diagnose':
      return diagnose(deps, execution);
    case 'compare-sides':
      return compareSides(deps, command);
    case 'plan-rollback':
      return planRollback(deps, command);
  }
};
