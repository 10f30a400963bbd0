import { guardianEventSchema } from '../../contracts/events/execution-status.ts';
import type { GuardianDeps } from '../../pipeline/ports.ts';
import { guard } from '../../pipeline/rescue/guard.ts';
import { sweep } from '../../pipeline/rescue/sweep.ts';

/** Parse, call; and only then tell others. */
export const createHandler = (deps: GuardianDeps) => async (event: unknown) => {
  const parsed = guardianEventSchema.parse(event);
  try {
    return await (parsed.source === 'aws.states' ? guard(deps, parsed.detail) : sweep(deps));
  } finally {
    await deps.publishKept();
  }
};
