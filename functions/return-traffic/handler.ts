import { type ReturnTrafficCommand, returnTrafficCommandSchema } from '../../contracts/commands.ts';
import type { CreateHandler } from '../../contracts/results.ts';
import type { ReturnTrafficDeps } from '../../pipeline/ports.ts';
import { checkRights } from '../../pipeline/release/check-rights.ts';
import { giveUp, giveWay } from '../../pipeline/return/give-up.ts';
import { reconcile } from '../../pipeline/return/reconcile.ts';
import { returnTraffic } from '../../pipeline/return/return-traffic.ts';

/** Parse, call, map; and only then tell others. */
export const createHandler: CreateHandler<ReturnTrafficDeps, ReturnTrafficCommand> = (deps) => async (event) => {
  const command = returnTrafficCommandSchema.parse(event);
  try {
    switch (command.action) {
      case 'check-rights':
        return await checkRights(deps, 'return-traffic', command.execution);
      case 'return-traffic':
        return await returnTraffic(deps, command);
      case 'reconcile':
        return await reconcile(deps, command);
      case 'give-up':
        return await giveUp(deps, command);
      case 'give-way':
        return await giveWay(deps, command);
      case 'keep-warm':
        return { outcome: 'warm' };
    }
  } finally {
    await deps.publishKept();
  }
};
