import { returnTrafficCommandSchema } from '../../contracts/commands.ts';
import type { ReturnTrafficDeps } from './deps.ts';
import { giveUp, giveWay } from './give-up.ts';
import { reconcile } from './reconcile.ts';
import { returnTraffic } from './return-traffic.ts';

/** Parse, call, map; and only then tell others. */
export const createHandler = (deps: ReturnTrafficDeps) => async (event: unknown) => {
  const command = returnTrafficCommandSchema.parse(event);
  try {
    switch (command.action) {
      case 'return-traffic':
        return await returnTraffic(deps, command);
      case 'reconcile':
        return await reconcile(deps, command);
      case 'give-up':
        return await giveUp(deps, command);
      case 'give-way':
        return await giveWay(deps, command);
    }
  } finally {
    await deps.tellKept();
  }
};
